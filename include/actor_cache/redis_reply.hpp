#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace actor_cache {

/// An error that a Redis server answered, e.g. "WRONGTYPE Operation against a
/// key holding the wrong kind of value".
struct redis_error {
  std::string message;

  /// Returns the first word, by which Redis classifies its errors.
  std::string_view code() const noexcept {
    return std::string_view{message}.substr(0, message.find(' '));
  }

  bool operator==(const redis_error&) const = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, redis_error& x) {
    return f.object(x).fields(f.field("message", x.message));
  }
};

class redis_reply;

namespace detail {

/// A reply without its items, which follow it: how replies travel.
struct flat_reply {
  uint8_t kind = 0;

  /// The content of an integer; the number of items of an array.
  int64_t number = 0;

  std::string text;

  template <class Inspector>
  friend bool inspect(Inspector& f, flat_reply& x) {
    return f.object(x).fields(f.field("kind", x.kind),
                              f.field("number", x.number),
                              f.field("text", x.text));
  }
};

std::vector<flat_reply> flatten(const redis_reply& x);

/// Undoes `flatten`.
/// @returns whether the parts fit together
bool assemble(std::vector<flat_reply> parts, redis_reply& x);

} // namespace detail

/// What a Redis server answers to one command (RESP2). Status replies, e.g.
/// "OK", are strings; errors inside of arrays stay where they are.
class redis_reply {
public:
  using array = std::vector<redis_reply>;

  /// Makes the nil reply.
  redis_reply() = default;

  redis_reply(int64_t x) : value_(x) {
    // nop
  }

  redis_reply(std::string x) : value_(std::move(x)) {
    // nop
  }

  redis_reply(const char* x) : value_(std::string{x}) {
    // nop
  }

  redis_reply(redis_error x) : value_(std::move(x)) {
    // nop
  }

  /// Explicit, since `std::vector<redis_reply>{xs}` would else be a vector of
  /// one reply.
  explicit redis_reply(array x) : value_(std::move(x)) {
    // nop
  }

  bool is_nil() const noexcept {
    return std::holds_alternative<std::monostate>(value_);
  }

  /// Returns the content if it is of that type, else null.
  const int64_t* integer() const noexcept {
    return std::get_if<int64_t>(&value_);
  }

  const std::string* string() const noexcept {
    return std::get_if<std::string>(&value_);
  }

  std::string* string() noexcept {
    return std::get_if<std::string>(&value_);
  }

  const redis_error* error() const noexcept {
    return std::get_if<redis_error>(&value_);
  }

  const array* items() const noexcept {
    return std::get_if<array>(&value_);
  }

  array* items() noexcept {
    return std::get_if<array>(&value_);
  }

  bool operator==(const redis_reply&) const = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, redis_reply& x) {
    if constexpr (Inspector::is_loading) {
      std::vector<detail::flat_reply> parts;
      return f.object(x).fields(f.field("parts", parts))
             && detail::assemble(std::move(parts), x);
    } else {
      auto parts = detail::flatten(x);
      return f.object(x).fields(f.field("parts", parts));
    }
  }

private:
  std::variant<std::monostate, int64_t, std::string, redis_error, array> value_;
};

} // namespace actor_cache
