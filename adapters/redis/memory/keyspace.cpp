#include "keyspace.hpp"

#include <array>
#include <vector>

namespace actor_cache::redis_wire {

std::string redis_type_of(const redis_value& x) {
  constexpr std::array names{"string", "hash", "set", "list", "ReJSON-RL"};
  static_assert(names.size() == std::variant_size_v<redis_value>);
  return names[x.index()];
}

namespace {

size_t bytes_of(const std::string& x) {
  return x.size();
}

size_t bytes_of(std::monostate) {
  return 0;
}

size_t bytes_of(const json_document& x) {
  return x.dump(-1, ' ', false, json_document::error_handler_t::replace).size();
}

size_t bytes_of(redis_list& xs) {
  size_t result = 0;
  for (const auto& x : xs)
    result += x.size();
  return result;
}

template <class T>
size_t bytes_of(indexed_map<T>& xs) {
  size_t result = 0;
  xs.for_each([&](const std::string& name, T& x) {
    result += name.size() + bytes_of(x);
  });
  return result;
}

} // namespace

std::vector<std::string> keyspace::keys() const {
  std::vector<std::string> result;
  slots_.for_each([&](const std::string& key, const redis_slot& slot) {
    if (!expired(slot))
      result.push_back(key);
  });
  return result;
}

size_t keyspace::bytes() {
  size_t result = 0;
  slots_.for_each([&](const std::string& key, redis_slot& x) {
    result += key.size()
              + std::visit([](auto& y) { return bytes_of(y); }, x.value);
  });
  return result;
}

redis_slot* keyspace::find(std::string_view key) {
  auto* slot = slots_.find(key);
  if (slot == nullptr || !expired(*slot))
    return slot;
  drop(key);
  ++expired_;
  return nullptr;
}

redis_slot& keyspace::open(std::string_view key) {
  if (auto* found = find(key))
    return *found;
  return *slots_.open(key).first;
}

void keyspace::expire_at(std::string_view key, std::optional<int64_t> when) {
  auto& current = slots_.find(key)->expires_;
  if (current == when)
    return;
  if (current)
    deadlines_.erase({*current, std::string{key}});
  if (when)
    deadlines_.emplace(*when, key);
  current = when;
}

void keyspace::drop(std::string_view key) {
  expire_at(key, std::nullopt);
  slots_.erase(key);
}

bool keyspace::erase(std::string_view key) {
  if (find(key) == nullptr)
    return false;
  drop(key);
  return true;
}

size_t keyspace::sweep() {
  constexpr size_t at_once = 1024;
  size_t result = 0;
  for (; overdue() && result < at_once; ++result)
    slots_.erase(deadlines_.extract(deadlines_.begin()).value().second);
  return result;
}

} // namespace actor_cache::redis_wire
