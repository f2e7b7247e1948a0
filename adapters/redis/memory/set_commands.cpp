#include "command_table.hpp"

#include "../glob.hpp"

#include <array>

namespace actor_cache::redis_wire {

namespace {

redis_reply add(keyspace& keys, command_args args) {
  auto set = keys.open_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  int64_t added = 0;
  for (size_t i = 2; i < args.size(); ++i)
    added += set.value->open(args[i]).second ? 1 : 0;
  return added;
}

redis_reply erase(keyspace& keys, command_args args) {
  auto set = keys.find_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  int64_t erased = 0;
  if (set.value != nullptr) {
    for (size_t i = 2; i < args.size(); ++i)
      erased += set.value->erase(args[i]) ? 1 : 0;
    keys.erase_if_empty(args[1], *set.value);
  }
  return erased;
}

redis_reply members(keyspace& keys, command_args args) {
  auto set = keys.find_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  redis_reply::array result;
  if (set.value != nullptr)
    set.value->for_each([&](const std::string& member, std::monostate) {
      result.emplace_back(member);
    });
  return redis_reply{std::move(result)};
}

redis_reply contains(keyspace& keys, command_args args) {
  auto set = keys.find_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  return int64_t{set.value != nullptr && set.value->find(args[2]) != nullptr};
}

redis_reply contains_many(keyspace& keys, command_args args) {
  auto set = keys.find_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  redis_reply::array result;
  for (size_t i = 2; i < args.size(); ++i)
    result.emplace_back(
      int64_t{set.value != nullptr && set.value->find(args[i]) != nullptr});
  return redis_reply{std::move(result)};
}

redis_reply size(keyspace& keys, command_args args) {
  auto set = keys.find_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  return integer(set.value != nullptr ? set.value->size() : 0);
}

redis_reply scan(keyspace& keys, command_args args) {
  scan_arguments options;
  if (auto err = read_cursor(args[2], options))
    return *err;
  auto set = keys.find_as<redis_set>(args[1]);
  if (set.wrong_type)
    return wrong_type();
  redis_reply::array items;
  if (set.value == nullptr)
    return scan_reply(0, std::move(items));
  if (auto err = read_scan_arguments(args, 3, options))
    return *err;
  auto next = set.value->scan(options.cursor, options.count,
                              [&](const std::string& member, std::monostate) {
                                if (glob_match(options.match, member))
                                  items.emplace_back(member);
                              });
  return scan_reply(next, std::move(items));
}

constexpr auto commands = std::to_array<command_entry>({
  {"sadd", -3, add},
  {"scard", 2, size},
  {"sismember", 3, contains},
  {"smembers", 2, members},
  {"smismember", -3, contains_many},
  {"srem", -3, erase},
  {"sscan", -3, scan},
});

} // namespace

std::span<const command_entry> set_commands() {
  return commands;
}

} // namespace actor_cache::redis_wire
