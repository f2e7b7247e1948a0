#include "command_table.hpp"

#include "../glob.hpp"

#include <array>

namespace actor_cache::redis_wire {

namespace {

redis_reply field_of(redis_hash* hash, std::string_view name) {
  auto* found = hash != nullptr ? hash->find(name) : nullptr;
  return found != nullptr ? redis_reply{*found} : redis_reply{};
}

redis_reply set(keyspace& keys, command_args args) {
  if (args.size() % 2 != 0)
    return wrong_arity(to_lower(args[0]));
  auto hash = keys.open_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  int64_t added = 0;
  for (size_t i = 2; i < args.size(); i += 2) {
    auto [value, is_new] = hash.value->open(args[i]);
    *value = args[i + 1];
    added += is_new ? 1 : 0;
  }
  return is_word(args[0], "hmset") ? redis_reply{"OK"} : redis_reply{added};
}

redis_reply set_if_new(keyspace& keys, command_args args) {
  auto hash = keys.open_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  auto [value, is_new] = hash.value->open(args[2]);
  if (is_new)
    *value = args[3];
  return int64_t{is_new};
}

redis_reply get(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  return hash.wrong_type ? wrong_type() : field_of(hash.value, args[2]);
}

redis_reply get_many(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  redis_reply::array result;
  for (size_t i = 2; i < args.size(); ++i)
    result.push_back(field_of(hash.value, args[i]));
  return redis_reply{std::move(result)};
}

/// Answers with names, values, or both, one after the other.
template <bool Names, bool Values>
redis_reply list(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  redis_reply::array result;
  if (hash.value != nullptr)
    hash.value->for_each([&](const std::string& name, std::string& value) {
      if (Names)
        result.emplace_back(name);
      if (Values)
        result.emplace_back(value);
    });
  return redis_reply{std::move(result)};
}

redis_reply erase(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  int64_t erased = 0;
  if (hash.value != nullptr) {
    for (size_t i = 2; i < args.size(); ++i)
      erased += hash.value->erase(args[i]) ? 1 : 0;
    keys.erase_if_empty(args[1], *hash.value);
  }
  return erased;
}

redis_reply exists(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  return int64_t{!field_of(hash.value, args[2]).is_nil()};
}

redis_reply size(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  return integer(hash.value != nullptr ? hash.value->size() : 0);
}

redis_reply length(keyspace& keys, command_args args) {
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  auto field = field_of(hash.value, args[2]);
  return integer(field.string() != nullptr ? field.string()->size() : 0);
}

redis_reply scan(keyspace& keys, command_args args) {
  scan_arguments options;
  if (auto err = read_cursor(args[2], options))
    return *err;
  auto hash = keys.find_as<redis_hash>(args[1]);
  if (hash.wrong_type)
    return wrong_type();
  redis_reply::array items;
  if (hash.value == nullptr)
    return scan_reply(0, std::move(items));
  if (auto err = read_scan_arguments(args, 3, options))
    return *err;
  auto next
    = hash.value->scan(options.cursor, options.count,
                       [&](const std::string& name, const std::string& value) {
                         if (!glob_match(options.match, name))
                           return;
                         items.emplace_back(name);
                         items.emplace_back(value);
                       });
  return scan_reply(next, std::move(items));
}

constexpr auto commands = std::to_array<command_entry>({
  {"hdel", -3, erase},
  {"hexists", 3, exists},
  {"hget", 3, get},
  {"hgetall", 2, list<true, true>},
  {"hkeys", 2, list<true, false>},
  {"hlen", 2, size},
  {"hmget", -3, get_many},
  {"hmset", -4, set},
  {"hscan", -3, scan},
  {"hset", -4, set},
  {"hsetnx", 4, set_if_new},
  {"hstrlen", 3, length},
  {"hvals", 2, list<false, true>},
});

} // namespace

std::span<const command_entry> hash_commands() {
  return commands;
}

} // namespace actor_cache::redis_wire
