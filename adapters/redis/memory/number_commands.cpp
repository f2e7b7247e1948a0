#include "command_table.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace actor_cache::redis_wire {

namespace {

redis_reply overflow() {
  return redis_error{"ERR increment or decrement would overflow"};
}

/// Adds `step` to the number in `text`, or to 0 where there is none.
redis_reply add(std::string* text, int64_t step, std::string& sum,
                const redis_reply& no_number) {
  auto number = text != nullptr ? to_integer(*text) : int64_t{0};
  if (!number)
    return no_number;
  int64_t result = 0;
  if (__builtin_add_overflow(*number, step, &result))
    return overflow();
  sum = std::to_string(result);
  return result;
}

redis_reply add_to_key(keyspace& keys, const std::string& key, int64_t step) {
  auto found = keys.find_as<redis_string>(key);
  if (found.wrong_type)
    return wrong_type();
  std::string sum;
  auto result = add(found.value, step, sum, not_an_integer());
  if (result.error() == nullptr)
    *keys.open_as<redis_string>(key).value = std::move(sum);
  return result;
}

redis_reply increment(keyspace& keys, command_args args) {
  return add_to_key(keys, args[1], 1);
}

redis_reply decrement(keyspace& keys, command_args args) {
  return add_to_key(keys, args[1], -1);
}

redis_reply increment_by(keyspace& keys, command_args args) {
  auto step = to_integer(args[2]);
  return step ? add_to_key(keys, args[1], *step) : not_an_integer();
}

redis_reply decrement_by(keyspace& keys, command_args args) {
  auto step = to_integer(args[2]);
  if (!step)
    return not_an_integer();
  if (*step == std::numeric_limits<int64_t>::min())
    return redis_error{"ERR decrement would overflow"};
  return add_to_key(keys, args[1], -*step);
}

redis_reply increment_in_hash(keyspace& keys, command_args args) {
  auto step = to_integer(args[3]);
  if (!step)
    return not_an_integer();
  auto found = keys.find_as<redis_hash>(args[1]);
  if (found.wrong_type)
    return wrong_type();
  auto* field = found.value != nullptr ? found.value->find(args[2]) : nullptr;
  std::string sum;
  auto result = add(field, *step, sum,
                    redis_error{"ERR hash value is not an integer"});
  if (result.error() == nullptr)
    *keys.open_as<redis_hash>(args[1]).value->open(args[2]).first
      = std::move(sum);
  return result;
}

// -- floats, as wide as Redis has them ----------------------------------------

std::optional<long double> to_float(const std::string& x) {
  if (x.empty() || std::isspace(static_cast<unsigned char>(x[0])))
    return std::nullopt;
  char* end = nullptr;
  errno = 0;
  auto result = std::strtold(x.c_str(), &end);
  if (end != x.c_str() + x.size() || std::isnan(result)
      || (errno == ERANGE && (std::isinf(result) || result == 0)))
    return std::nullopt;
  return result;
}

std::string render(long double x) {
  constexpr auto digits = 17;
  std::array<char, 5200> buffer{};
  auto size = std::snprintf(buffer.data(), buffer.size(), "%.*Lf", digits, x);
  std::string result{buffer.data(), static_cast<size_t>(size)};
  result.erase(result.find_last_not_of('0') + 1);
  if (result.ends_with('.'))
    result.pop_back();
  return result == "-0" ? "0" : result;
}

redis_reply add_float(const std::string* text, const std::string& step,
                      const redis_reply& no_number) {
  auto number = text != nullptr ? to_float(*text) : 0.0L;
  if (!number)
    return no_number;
  auto by = to_float(step);
  if (!by)
    return redis_error{"ERR value is not a valid float"};
  auto sum = *number + *by;
  if (!std::isfinite(sum))
    return redis_error{"ERR increment would produce NaN or Infinity"};
  return render(sum);
}

redis_reply increment_by_float(keyspace& keys, command_args args) {
  auto found = keys.find_as<redis_string>(args[1]);
  if (found.wrong_type)
    return wrong_type();
  auto result = add_float(found.value, args[2],
                          redis_error{"ERR value is not a valid float"});
  if (const auto* sum = result.string())
    *keys.open_as<redis_string>(args[1]).value = *sum;
  return result;
}

redis_reply increment_float_in_hash(keyspace& keys, command_args args) {
  auto found = keys.find_as<redis_hash>(args[1]);
  if (!to_float(args[3]))
    return redis_error{"ERR value is not a valid float"};
  if (found.wrong_type)
    return wrong_type();
  auto* field = found.value != nullptr ? found.value->find(args[2]) : nullptr;
  auto result = add_float(field, args[3],
                          redis_error{"ERR hash value is not a float"});
  if (const auto* sum = result.string())
    *keys.open_as<redis_hash>(args[1]).value->open(args[2]).first = *sum;
  return result;
}

constexpr auto commands = std::to_array<command_entry>({
  {"decr", 2, decrement},
  {"decrby", 3, decrement_by},
  {"hincrby", 4, increment_in_hash},
  {"hincrbyfloat", 4, increment_float_in_hash},
  {"incr", 2, increment},
  {"incrby", 3, increment_by},
  {"incrbyfloat", 3, increment_by_float},
});

} // namespace

std::span<const command_entry> number_commands() {
  return commands;
}

} // namespace actor_cache::redis_wire
