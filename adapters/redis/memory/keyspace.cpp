#include "keyspace.hpp"

#include <array>
#include <vector>

namespace actor_cache::detail {

std::string redis_type_of(const redis_value& x) {
  constexpr std::array names{"string", "hash", "set", "list", "ReJSON-RL"};
  static_assert(names.size() == std::variant_size_v<redis_value>);
  return names[x.index()];
}

redis_slot* keyspace::find(std::string_view key) {
  auto* slot = slots_.find(key);
  if (slot == nullptr || !expired(*slot))
    return slot;
  slots_.erase(key);
  ++expired_;
  return nullptr;
}

redis_slot& keyspace::open(std::string_view key) {
  if (auto* found = find(key))
    return *found;
  return *slots_.open(key).first;
}

bool keyspace::erase(std::string_view key) {
  return find(key) != nullptr && slots_.erase(key);
}

size_t keyspace::sweep() {
  constexpr size_t at_once = 1024;
  std::vector<std::string> gone;
  sweep_cursor_ = slots_.scan(sweep_cursor_, at_once,
                              [&](const std::string& key, redis_slot& slot) {
                                if (expired(slot))
                                  gone.push_back(key);
                              });
  for (const auto& key : gone)
    slots_.erase(key);
  return gone.size();
}

} // namespace actor_cache::detail
