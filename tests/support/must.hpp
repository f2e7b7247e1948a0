#pragma once

#include "actor_cache/errc.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

// Checks that any thread may make: what they find throws. Catch2's assertions
// are for the test's own thread alone (main.cpp), which gets what others throw
// from `on_threads`, `elsewhere` or a `std::future`.

namespace actor_cache::test {

using place = std::source_location;

/// Fails the test. Says why at once, for those who wait for this thread's work
/// may wait for ever.
[[noreturn]] inline void fail(const std::string& why,
                              place where = place::current()) {
  auto text = fmt::format("{}:{}: {}", where.file_name(), where.line(), why);
  fmt::print(stderr, "{}\n", text);
  throw std::runtime_error(text);
}

/// Returns what `x` holds; fails the test with the error where there is none.
template <class T>
T must(caf::expected<T> x, place where = place::current()) {
  if (!x)
    fail("unexpected error: " + to_string(x.error()), where);
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Returns the error that `x` must hold.
template <class T>
const caf::error&
error_of(const caf::expected<T>& x, place where = place::current()) {
  if (x)
    fail("an error was expected", where);
  return x.error();
}

/// Returns the code of the error that `x` must hold.
template <class T>
errc code_of(const caf::expected<T>& x, place where = place::current()) {
  const auto& err = error_of(x, where);
  if (err.category() != caf::type_id_v<errc>)
    fail("another kind of error: " + to_string(err), where);
  return static_cast<errc>(err.code());
}

/// Returns the message of the error that `x` must hold.
template <class T>
std::string text_of(const caf::expected<T>& x, place where = place::current()) {
  return message_of(error_of(x, where));
}

} // namespace actor_cache::test
