#pragma once

#include "actor_cache/redis.hpp"

#include "subjects.hpp"

namespace actor_cache::test {

/// Returns the adapters that have what `cache<V, redis>` offers, by each road:
/// what the contract of that surface runs over. A new one is added here and
/// nowhere else.
const std::vector<subject>& redis_subjects();

/// A running cache of one such subject.
class redis_world : public contract_world {
public:
  using contract_world::contract_world;

  /// Returns a handle that takes the road of the subject.
  template <class V>
  cache<V, redis> open_redis() {
    auto result = must(cache<V, redis>::find(system(), cache_name));
    if (taken() == road::direct)
      return result;
    return cache<V, redis>::over_mail(system(), cache_name,
                                      must(result.actor()));
  }

  /// Returns the name that a key of the cache has in commands.
  static std::string full(const std::string& key) {
    return std::string{cache_name} + ":" + key;
  }
};

} // namespace actor_cache::test
