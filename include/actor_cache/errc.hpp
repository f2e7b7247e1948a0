#pragma once

#include "actor_cache/type_ids.hpp"
#include "actor_cache/types.hpp"

#include <caf/default_enum_inspect.hpp>
#include <caf/error.hpp>
#include <caf/is_error_code_enum.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace actor_cache {

/// Everything that can go wrong in a call to a cache. Each error carries a
/// message that names what was tried, with what, and what would be accepted.
enum class errc : uint8_t {
  /// CAF reserves zero for "no error".
  none = 0,
  /// An argument or option was refused before anything was touched.
  invalid_argument,
  /// No cache of that name runs in this actor system.
  unknown_cache,
  /// Another cache, or another child of the supervisor, has that name.
  name_taken,
  /// The cache, or another supervised actor, was stopped, or is down and not
  /// yet
  /// restarted.
  cache_not_running,
  /// The stored value is of another type than the one asked for.
  type_mismatch,
  /// The stored bytes are damaged, truncated, or in an unknown format.
  corrupt_value,
  /// The value could not be turned into bytes.
  encoding_failed,
  /// The key is absent where the call needs it.
  key_not_found,
  /// The key is present where the call needs it absent.
  key_exists,
  /// The entry changed since its version token was read.
  version_conflict,
  /// The store is out of reach.
  unavailable,
  /// No answer came within the caller's deadline.
  timeout,
  /// The function that was to create a value failed without an error of its
  /// own, or threw.
  load_failed,
  /// A call that may wait was made from an actor that the scheduler runs.
  would_block,
  /// This adapter cannot do that.
  not_supported,
  /// A file could not be read or written.
  io_error,
  /// A supervised child failed to start, or failed too often.
  child_failed,
  /// The supervisor has no child of that name.
  unknown_child,
  /// The child is not stopped, as the call needs it to be.
  child_running,
  /// The supervisor has ended.
  supervisor_not_running,
  /// There are as many as options allow.
  limit_reached,
  /// An exception escaped from code of the user's, or memory ran out.
  exception,
  /// The cache is sandboxed, and the caller belongs to no sandbox that has an
  /// instance of it.
  no_sandbox,
  /// The server refuses the credentials, or the user may not do that.
  not_permitted,
  /// A wait would have no end: who holds the lock waits for the caller.
  deadlock,
};

/// Returns the name of `code` as it is written in the enumeration.
std::string to_string(errc code);

/// Parses what `to_string` returns.
bool from_string(detail::caf_string_view name, errc& code);

/// Reads an enumeration value back, refusing unknown ones.
bool from_integer(std::underlying_type_t<errc> value, errc& code);

template <class Inspector>
bool inspect(Inspector& f, errc& x) {
  return caf::default_enum_inspect(f, x);
}

/// Makes an error of ours with the message `text`.
caf::error make_error(errc code, std::string text);

/// Returns the message that `err` carries, or its rendering where it has none.
std::string message_of(const caf::error& err);

} // namespace actor_cache

CAF_ERROR_CODE_ENUM(actor_cache::errc)
