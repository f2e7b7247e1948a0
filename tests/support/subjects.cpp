#include "subjects.hpp"

#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/adapters/ets.hpp"

namespace actor_cache::test {

const std::vector<subject>& subjects() {
  static const std::vector<subject> result = [] {
    std::vector<subject> xs{
      {"ets", [] { return ets_options{}; }, road::direct},
      {"ets with one shard", [] { return ets_options{.shards = 1}; },
       road::direct},
      {"ets, compressed", [] { return ets_options{.compressed = true}; },
       road::direct},
      {"agent", [] { return agent_options{}; }, road::mail},
      {"sandbox", [] { return agent_options{}; }, road::direct, true},
    };
    for (size_t index = 0, end = xs.size(); index < end; ++index)
      if (xs[index].road == road::direct)
        xs.push_back({xs[index].name + " by mail", xs[index].options,
                      road::mail, xs[index].sandboxed});
    return xs;
  }();
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

} // namespace actor_cache::test
