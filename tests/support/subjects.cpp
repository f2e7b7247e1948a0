#include "subjects.hpp"

#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/adapters/persistent_term.hpp"

namespace actor_cache::test {

const std::vector<subject>& subjects() {
  static const std::vector<subject> result = [] {
    std::vector<subject> xs{
      {"ets", [] { return ets_options{}; }, road::direct},
      {"ets with one shard", [] { return ets_options{.shards = 1}; },
       road::direct},
      {.name = "ets, compressed",
       .options = [] { return ets_options{.compressed = true}; },
       .road = road::direct,
       .live = false},
      {.name = "ets, bag",
       .options = [] { return ets_options{.type = ets_type::bag}; },
       .road = road::direct,
       .one_per_key = false},
      {.name = "ets, duplicate_bag",
       .options = [] { return ets_options{.type = ets_type::duplicate_bag}; },
       .road = road::direct,
       .one_per_key = false},
      {.name = "ets, compressed bag",
       .options
       = [] { return ets_options{.type = ets_type::bag, .compressed = true}; },
       .road = road::direct,
       .live = false,
       .one_per_key = false},
      {"con_cache", [] { return con_cache_options{}; }, road::direct},
      {"con_cache, locked", [] { return con_cache_options{.dirty = false}; },
       road::direct},
      {"counter", [] { return counter_options{}; }, road::direct},
      {"persistent_term", [] { return persistent_term_options{}; },
       road::direct},
      {"agent", [] { return agent_options{}; }, road::mail},
      {.name = "sandbox",
       .options = [] { return agent_options{}; },
       .road = road::direct,
       .sandboxed = true},
    };
    for (size_t index = 0, end = xs.size(); index < end; ++index)
      if (auto x = xs[index]; x.road == road::direct) {
        x.name += " by mail";
        x.road = road::mail;
        xs.push_back(std::move(x));
      }
    return xs;
  }();
  return result;
}

std::vector<subject> maps() {
  auto result = subjects();
  std::erase_if(result, [](const subject& x) { return !x.one_per_key; });
  return result;
}

contract_world::contract_world(const subject& what, cache_spec spec)
  : road_(what.road) {
  spec.name = cache_name;
  spec.adapter = what.options();
  spec.sandbox = what.sandboxed;
  start({timed(std::move(spec))});
  if (!what.sandboxed)
    return;
  auto registry = must(sandbox_registry::start(system()));
  box_.emplace(must(registry.start_here({cache_name})));
  must(registry.share(*box_)); // tests use threads of their own
}

void contract_world::crash(std::string_view name) {
  if (!box_) {
    world::crash(name);
    return;
  }
  crash_actor(find<int>(name));
}

} // namespace actor_cache::test
