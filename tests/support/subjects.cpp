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
      {.name = "ets, compressed",
       .options = [] { return ets_options{.compressed = true}; },
       .road = road::direct,
       .live = false},
      {"agent", [] { return agent_options{}; }, road::mail},
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

contract_world::contract_world(const subject& what, cache_spec spec)
  : road_(what.road) {
  spec.name = cache_name;
  spec.adapter = what.options();
  start({timed(std::move(spec))});
}

} // namespace actor_cache::test
