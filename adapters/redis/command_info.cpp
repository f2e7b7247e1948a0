#include "command_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace actor_cache::redis_wire {

namespace {

char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::any_of(std::begin(names), std::end(names),
                     [&](std::string_view x) { return same_word(name, x); });
}

constexpr std::string_view second_is_key[] = {"BITOP",  "DEBUG",  "MEMORY",
                                              "OBJECT", "XGROUP", "XINFO"};

constexpr std::string_view third_is_key[] = {"EVAL",    "EVALSHA", "EVALSHA_RO",
                                             "EVAL_RO", "FCALL",   "FCALL_RO"};

constexpr std::string_view after_count[]
  = {"LMPOP", "SINTERCARD", "ZDIFF", "ZINTER", "ZINTERCARD", "ZMPOP", "ZUNION"};

constexpr std::string_view without_key[]
  = {"ACL",       "CLUSTER", "COMMAND", "CONFIG",   "DBSIZE", "ECHO",
     "FLUSHDB",   "INFO",    "KEYS",    "LASTSAVE", "PING",   "PUBLISH",
     "RANDOMKEY", "SCAN",    "SCRIPT",  "SLOWLOG",  "TIME"};

constexpr std::string_view readers[]
  = {"BITCOUNT",  "BITPOS",       "DBSIZE",      "ECHO",        "EXISTS",
     "GET",       "GETBIT",       "GETRANGE",    "HEXISTS",     "HGET",
     "HGETALL",   "HKEYS",        "HLEN",        "HMGET",       "HSCAN",
     "HSTRLEN",   "HVALS",        "INFO",        "JSON.ARRLEN", "JSON.GET",
     "JSON.MGET", "JSON.OBJKEYS", "JSON.OBJLEN", "JSON.STRLEN", "JSON.TYPE",
     "KEYS",      "LINDEX",       "LLEN",        "LRANGE",      "MGET",
     "PING",      "PTTL",         "SCAN",        "SCARD",       "SISMEMBER",
     "SMEMBERS",  "SMISMEMBER",   "SRANDMEMBER", "SSCAN",       "STRLEN",
     "TIME",      "TTL",          "TYPE",        "ZCARD",       "ZCOUNT",
     "ZRANGE",    "ZRANK",        "ZSCAN",       "ZSCORE"};

constexpr std::string_view of_the_connection[]
  = {"AUTH",         "ASKING",     "CLIENT",    "DISCARD",      "EXEC",
     "HELLO",        "MONITOR",    "MULTI",     "PSUBSCRIBE",   "PSYNC",
     "PUNSUBSCRIBE", "QUIT",       "READONLY",  "READWRITE",    "RESET",
     "SELECT",       "SSUBSCRIBE", "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC",
     "UNSUBSCRIBE",  "UNWATCH",    "WAIT",      "WAITAOF",      "WATCH"};

/// Those whose last argument says for how many seconds they block.
constexpr std::string_view block_at_end[]
  = {"BLMOVE", "BLPOP", "BRPOP", "BRPOPLPUSH", "BZPOPMAX", "BZPOPMIN"};

/// Those whose first argument does.
constexpr std::string_view block_at_front[] = {"BLMPOP", "BZMPOP"};

/// Those that block for some milliseconds if they say BLOCK.
constexpr std::string_view block_by_word[] = {"XREAD", "XREADGROUP"};

std::chrono::milliseconds milliseconds(double count) {
  // Zero means for ever.
  constexpr auto longest = 1e15;
  if (!(count > 0.0) || count > longest)
    return std::chrono::milliseconds::max();
  return std::chrono::milliseconds{static_cast<int64_t>(std::ceil(count))};
}

std::optional<double> number(std::string_view text) {
  double result = 0.0;
  auto [end, err] = std::from_chars(text.data(), text.data() + text.size(),
                                    result);
  if (err != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

/// Returns the argument after the word `mark`.
const std::string* after(const redis_command& command, std::string_view mark) {
  auto i = std::find_if(command.begin(), command.end(),
                        [&](const auto& x) { return same_word(x, mark); });
  return i == command.end() || i + 1 == command.end() ? nullptr : &*(i + 1);
}

} // namespace

std::string_view key_of(const redis_command& command) {
  auto at = [&](size_t index) {
    return index < command.size() ? std::string_view{command[index]}
                                  : std::string_view{};
  };
  const auto& name = command.front();
  if (is_one_of(name, without_key))
    return {};
  if (is_one_of(name, third_is_key))
    return at(2) == "0" ? std::string_view{} : at(3);
  if (is_one_of(name, second_is_key) || is_one_of(name, after_count))
    return at(2);
  if (is_one_of(name, block_at_front))
    return at(3);
  if (is_one_of(name, block_by_word)) {
    const auto* key = after(command, "STREAMS");
    return key != nullptr ? std::string_view{*key} : std::string_view{};
  }
  return at(1);
}

bool only_reads(const redis_command& command) {
  return is_one_of(command.front(), readers);
}

std::optional<std::string> why_not_shared(const redis_command& command) {
  if (!is_one_of(command.front(), of_the_connection))
    return std::nullopt;
  return fmt::format("ERR {} concerns a whole connection, which others share; "
                     "accepted are commands on data, and 'transaction' for "
                     "MULTI and EXEC",
                     command.front());
}

std::optional<std::chrono::milliseconds>
blocks_for(const redis_command& command) {
  const auto& name = command.front();
  const std::string* text = nullptr;
  auto unit = 1000.0;
  if (is_one_of(name, block_by_word)) {
    text = after(command, "BLOCK");
    unit = 1.0;
  } else if (command.size() > 1 && is_one_of(name, block_at_end)) {
    text = &command.back();
  } else if (command.size() > 1 && is_one_of(name, block_at_front)) {
    text = &command[1];
  }
  auto count = text != nullptr ? number(*text) : std::nullopt;
  if (!count)
    return std::nullopt;
  return milliseconds(*count * unit);
}

bool has_name(const redis_command& command, std::string_view name) {
  return same_word(command.front(), name);
}

bool same_word(std::string_view word, std::string_view name) {
  return std::equal(word.begin(), word.end(), name.begin(), name.end(),
                    [](char x, char y) { return upper(x) == y; });
}

} // namespace actor_cache::redis_wire
