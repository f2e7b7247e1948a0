#include "command_table.hpp"

#include <array>
#include <limits>

namespace actor_cache::redis_wire {

namespace {

redis_reply to_reply(const redis_string* x) {
  return x != nullptr ? redis_reply{*x} : redis_reply{};
}

redis_reply get(keyspace& keys, command_args args) {
  auto found = keys.find_as<redis_string>(args[1]);
  return found.wrong_type ? wrong_type() : to_reply(found.value);
}

/// What SET takes behind the value.
struct set_arguments {
  bool nx = false;
  bool xx = false;
  bool keep_ttl = false;
  bool get = false;
  std::optional<int64_t> expires = std::nullopt;
};

/// Reads a lifetime or a point in time.
std::optional<redis_reply>
read_expiry(const keyspace& keys, std::string_view unit, std::string_view text,
            std::string_view command, std::optional<int64_t>& out) {
  auto number = to_integer(text);
  if (!number)
    return not_an_integer();
  constexpr auto most = std::numeric_limits<int64_t>::max();
  auto seconds = unit[0] == 'e';
  auto absolute = unit.ends_with("at");
  auto invalid = redis_reply{redis_error{
    fmt::format("ERR invalid expire time in '{}' command", command)}};
  if (*number <= 0 || (seconds && *number > most / 1000))
    return invalid;
  auto ms = seconds ? *number * 1000 : *number;
  if (!absolute && ms > most - keys.now_ms())
    return invalid;
  out = absolute ? ms : ms + keys.now_ms();
  return std::nullopt;
}

std::optional<redis_reply> read_set_arguments(const keyspace& keys,
                                              command_args args,
                                              set_arguments& out) {
  for (size_t i = 3; i < args.size(); ++i) {
    auto word = to_lower(args[i]);
    if (word == "nx" && !out.xx) {
      out.nx = true;
    } else if (word == "xx" && !out.nx) {
      out.xx = true;
    } else if (word == "get") {
      out.get = true;
    } else if (word == "keepttl" && !out.expires) {
      out.keep_ttl = true;
    } else if ((word == "ex" || word == "px" || word == "exat"
                || word == "pxat")
               && !out.expires && !out.keep_ttl && i + 1 < args.size()) {
      if (auto err = read_expiry(keys, word, args[++i], "set", out.expires))
        return err;
    } else {
      return syntax_error();
    }
  }
  return std::nullopt;
}

redis_reply set(keyspace& keys, command_args args) {
  set_arguments options;
  if (auto err = read_set_arguments(keys, args, options))
    return *err;
  auto* slot = keys.find(args[1]);
  redis_reply before;
  if (options.get) {
    auto found = keys.find_as<redis_string>(args[1]);
    if (found.wrong_type)
      return wrong_type();
    before = to_reply(found.value);
  }
  if (slot != nullptr ? options.nx : options.xx)
    return before;
  keys.open(args[1]).value = args[2];
  if (!options.keep_ttl)
    keys.expire_at(args[1], options.expires);
  return options.get ? before : redis_reply{"OK"};
}

redis_reply set_if_new(keyspace& keys, command_args args) {
  if (keys.find(args[1]) != nullptr)
    return int64_t{0};
  keys.open(args[1]).value = args[2];
  return int64_t{1};
}

redis_reply set_for(keyspace& keys, command_args args) {
  auto name = to_lower(args[0]);
  std::optional<int64_t> expires;
  if (auto err = read_expiry(keys, name == "setex" ? "ex" : "px", args[2], name,
                             expires))
    return *err;
  keys.open(args[1]).value = args[3];
  keys.expire_at(args[1], expires);
  return "OK";
}

redis_reply get_set(keyspace& keys, command_args args) {
  auto found = keys.find_as<redis_string>(args[1]);
  if (found.wrong_type)
    return wrong_type();
  auto before = to_reply(found.value);
  keys.open(args[1]).value = args[2];
  keys.expire_at(args[1], std::nullopt);
  return before;
}

redis_reply get_delete(keyspace& keys, command_args args) {
  auto found = keys.find_as<redis_string>(args[1]);
  if (found.wrong_type)
    return wrong_type();
  auto before = to_reply(found.value);
  keys.erase(args[1]);
  return before;
}

redis_reply append(keyspace& keys, command_args args) {
  auto found = keys.open_as<redis_string>(args[1]);
  if (found.wrong_type)
    return wrong_type();
  *found.value += args[2];
  return integer(found.value->size());
}

redis_reply length(keyspace& keys, command_args args) {
  auto found = keys.find_as<redis_string>(args[1]);
  if (found.wrong_type)
    return wrong_type();
  return integer(found.value != nullptr ? found.value->size() : 0);
}

redis_reply get_many(keyspace& keys, command_args args) {
  redis_reply::array result;
  for (size_t i = 1; i < args.size(); ++i)
    result.push_back(to_reply(keys.find_as<redis_string>(args[i]).value));
  return redis_reply{std::move(result)};
}

redis_reply set_many(keyspace& keys, command_args args) {
  if (args.size() % 2 == 0)
    return wrong_arity("mset");
  for (size_t i = 1; i < args.size(); i += 2) {
    keys.open(args[i]).value = args[i + 1];
    keys.expire_at(args[i], std::nullopt);
  }
  return "OK";
}

constexpr auto commands = std::to_array<command_entry>({
  {"append", 3, append},
  {"get", 2, get},
  {"getdel", 2, get_delete},
  {"getset", 3, get_set},
  {"mget", -2, get_many},
  {"mset", -3, set_many},
  {"psetex", 4, set_for},
  {"set", -3, set},
  {"setex", 4, set_for},
  {"setnx", 3, set_if_new},
  {"strlen", 2, length},
});

} // namespace

std::span<const command_entry> string_commands() {
  return commands;
}

} // namespace actor_cache::redis_wire
