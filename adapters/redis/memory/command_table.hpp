#pragma once

#include "actor_cache/redis_reply.hpp"

#include "keyspace.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// The name of a command and its arguments.
using command_args = const std::vector<std::string>&;

/// A command of Redis.
struct command_entry {
  /// In lower case.
  std::string_view name;

  /// How many words it has, the name included; negative: so many or more.
  int arity;

  redis_reply (*run)(keyspace& keys, command_args args);
};

// The commands, by what they are about.
std::span<const command_entry> string_commands();
std::span<const command_entry> number_commands();
std::span<const command_entry> hash_commands();
std::span<const command_entry> set_commands();
std::span<const command_entry> list_commands();
std::span<const command_entry> key_commands();

// -- what Redis answers, to the letter ----------------------------------------

inline redis_reply wrong_type() {
  return redis_error{"WRONGTYPE Operation against a key holding the wrong kind "
                     "of value"};
}

inline redis_reply syntax_error() {
  return redis_error{"ERR syntax error"};
}

inline redis_reply not_an_integer() {
  return redis_error{"ERR value is not an integer or out of range"};
}

inline redis_reply wrong_arity(std::string_view name) {
  return redis_error{
    fmt::format("ERR wrong number of arguments for '{}' command", name)};
}

inline redis_reply integer(size_t x) {
  return static_cast<int64_t>(x);
}

// -- arguments ----------------------------------------------------------------

/// Tells whether `x` is `lower`, in whatever case.
bool is_word(std::string_view x, std::string_view lower);

std::string to_lower(std::string_view x);

/// Reads an integer as Redis does: no sign but '-', no leading zeros, no space.
std::optional<int64_t> to_integer(std::string_view x);

/// What the commands of the SCAN family take.
struct scan_arguments {
  uint64_t cursor = 0;
  size_t count = 10;
  std::string match = "*";
  std::string type = {};
};

/// Reads the cursor.
/// @returns the error reply where it is none
std::optional<redis_reply> read_cursor(const std::string& text,
                                       scan_arguments& out);

/// Reads what comes behind the cursor, from `first` on.
std::optional<redis_reply> read_scan_arguments(command_args args, size_t first,
                                               scan_arguments& out);

inline redis_reply scan_reply(uint64_t cursor, redis_reply::array items) {
  return redis_reply{
    redis_reply::array{std::to_string(cursor), redis_reply{std::move(items)}}};
}

} // namespace actor_cache::redis_wire
