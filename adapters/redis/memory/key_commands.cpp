#include "command_table.hpp"

#include "../glob.hpp"

#include <array>
#include <limits>

namespace actor_cache::redis_wire {

namespace {

redis_reply erase(keyspace& keys, command_args args) {
  int64_t erased = 0;
  for (size_t i = 1; i < args.size(); ++i)
    erased += keys.erase(args[i]) ? 1 : 0;
  return erased;
}

redis_reply exists(keyspace& keys, command_args args) {
  int64_t found = 0;
  for (size_t i = 1; i < args.size(); ++i)
    found += keys.find(args[i]) != nullptr ? 1 : 0;
  return found;
}

redis_reply type(keyspace& keys, command_args args) {
  auto* slot = keys.find(args[1]);
  return slot != nullptr ? redis_type_of(slot->value) : std::string{"none"};
}

// -- lifetimes ----------------------------------------------------------------

/// What EXPIRE and its like take behind the time.
struct expire_arguments {
  bool nx = false;
  bool xx = false;
  bool gt = false;
  bool lt = false;
};

std::optional<redis_reply> read_expire_arguments(command_args args,
                                                 expire_arguments& out) {
  for (size_t i = 3; i < args.size(); ++i) {
    auto word = to_lower(args[i]);
    auto* flag = word == "nx"   ? &out.nx
                 : word == "xx" ? &out.xx
                 : word == "gt" ? &out.gt
                 : word == "lt" ? &out.lt
                                : nullptr;
    if (flag == nullptr)
      return redis_error{fmt::format("ERR Unsupported option {}", args[i])};
    *flag = true;
  }
  if (out.nx && (out.xx || out.gt || out.lt))
    return redis_error{"ERR NX and XX, GT or LT options at the same time are "
                       "not compatible"};
  if (out.gt && out.lt)
    return redis_error{"ERR GT and LT options at the same time are not "
                       "compatible"};
  return std::nullopt;
}

bool wanted(const expire_arguments& options,
            const std::optional<int64_t>& current, int64_t next) {
  // A key without a deadline lives the longest.
  return !(options.nx && current) && !(options.xx && !current)
         && !(options.gt && (!current || next <= *current))
         && !(options.lt && current && next >= *current);
}

/// EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT.
redis_reply expire(keyspace& keys, command_args args) {
  auto name = to_lower(args[0]);
  expire_arguments options;
  if (auto err = read_expire_arguments(args, options))
    return *err;
  auto number = to_integer(args[2]);
  if (!number)
    return not_an_integer();
  constexpr auto most = std::numeric_limits<int64_t>::max();
  auto invalid = redis_reply{
    redis_error{fmt::format("ERR invalid expire time in '{}' command", name)}};
  auto factor = name[0] == 'p' ? 1 : 1000;
  if (*number > most / factor || *number < -(most / factor))
    return invalid;
  auto when = *number * factor;
  if (!name.ends_with("at")
      && __builtin_add_overflow(when, keys.now_ms(), &when))
    return invalid;
  auto* slot = keys.find(args[1]);
  if (slot == nullptr || !wanted(options, slot->expires(), when))
    return int64_t{0};
  if (when <= keys.now_ms())
    keys.erase(args[1]);
  else
    keys.expire_at(args[1], when);
  return int64_t{1};
}

/// The remaining lifetime in units of `Milliseconds`, rounded as Redis does.
template <int64_t Milliseconds>
redis_reply time_to_live(keyspace& keys, command_args args) {
  auto* slot = keys.find(args[1]);
  if (slot == nullptr)
    return int64_t{-2};
  if (!slot->expires())
    return int64_t{-1};
  auto left = *slot->expires() - keys.now_ms();
  return Milliseconds == 1 ? left : (left + Milliseconds / 2) / Milliseconds;
}

template <int64_t Milliseconds>
redis_reply expire_time(keyspace& keys, command_args args) {
  auto* slot = keys.find(args[1]);
  if (slot == nullptr)
    return int64_t{-2};
  if (!slot->expires())
    return int64_t{-1};
  return Milliseconds == 1
           ? *slot->expires()
           : (*slot->expires() + Milliseconds / 2) / Milliseconds;
}

redis_reply persist(keyspace& keys, command_args args) {
  auto* slot = keys.find(args[1]);
  if (slot == nullptr || !slot->expires())
    return int64_t{0};
  keys.expire_at(args[1], std::nullopt);
  return int64_t{1};
}

// -- all keys -----------------------------------------------------------------

redis_reply list(keyspace& keys, command_args args) {
  redis_reply::array result;
  keys.for_each([&](const std::string& key, const redis_slot&) {
    if (glob_match(args[1], key))
      result.emplace_back(key);
  });
  return redis_reply{std::move(result)};
}

redis_reply scan(keyspace& keys, command_args args) {
  scan_arguments options;
  if (auto err = read_cursor(args[1], options))
    return *err;
  if (auto err = read_scan_arguments(args, 2, options))
    return *err;
  auto wanted_type = to_lower(options.type);
  redis_reply::array found;
  auto next = keys.scan(options.cursor, options.count,
                        [&](const std::string& key, const redis_slot& slot) {
                          if (glob_match(options.match, key)
                              && (wanted_type.empty()
                                  || to_lower(redis_type_of(slot.value))
                                       == wanted_type))
                            found.emplace_back(key);
                        });
  return scan_reply(next, std::move(found));
}

redis_reply size(keyspace& keys, command_args) {
  int64_t result = 0;
  keys.for_each([&](const std::string&, const redis_slot&) { ++result; });
  return result;
}

redis_reply clear(keyspace& keys, command_args args) {
  if (args.size() > 2
      || (args.size() == 2 && !is_word(args[1], "async")
          && !is_word(args[1], "sync")))
    return syntax_error();
  keys.clear();
  return "OK";
}

redis_reply rename(keyspace& keys, command_args args) {
  auto* from = keys.find(args[1]);
  if (from == nullptr)
    return redis_error{"ERR no such key"};
  if (args[1] == args[2])
    return "OK";
  auto value = std::move(from->value);
  auto end = from->expires();
  keys.erase(args[1]);
  keys.open(args[2]).value = std::move(value);
  keys.expire_at(args[2], end);
  return "OK";
}

// -- the server ---------------------------------------------------------------

redis_reply ping(keyspace&, command_args args) {
  if (args.size() > 2)
    return wrong_arity("ping");
  return args.size() == 2 ? args[1] : std::string{"PONG"};
}

redis_reply echo(keyspace&, command_args args) {
  return args[1];
}

redis_reply time(keyspace& keys, command_args) {
  constexpr int64_t second = 1'000'000;
  return redis_reply{
    redis_reply::array{std::to_string(keys.now_us() / second),
                       std::to_string(keys.now_us() % second)}};
}

constexpr auto commands = std::to_array<command_entry>({
  {"dbsize", 1, size},
  {"del", -2, erase},
  {"echo", 2, echo},
  {"exists", -2, exists},
  {"expire", -3, expire},
  {"expireat", -3, expire},
  {"expiretime", 2, expire_time<1000>},
  {"flushall", -1, clear},
  {"flushdb", -1, clear},
  {"keys", 2, list},
  {"persist", 2, persist},
  {"pexpire", -3, expire},
  {"pexpireat", -3, expire},
  {"pexpiretime", 2, expire_time<1>},
  {"ping", -1, ping},
  {"pttl", 2, time_to_live<1>},
  {"rename", 3, rename},
  {"scan", -2, scan},
  {"time", 1, time},
  {"touch", -2, exists},
  {"ttl", 2, time_to_live<1000>},
  {"type", 2, type},
  {"unlink", -2, erase},
});

} // namespace

std::span<const command_entry> key_commands() {
  return commands;
}

} // namespace actor_cache::redis_wire
