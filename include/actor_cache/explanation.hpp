#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/ttl.hpp"
#include "actor_cache/type_ids.hpp"
#include "actor_cache/types.hpp"

#include <caf/default_enum_inspect.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace actor_cache {

/// How a value got into a cache.
enum class value_origin : uint8_t {
  /// Nobody remembers: see `provenance_options`.
  unknown,
  /// A call has written it.
  written,
  /// A function that `get_or_create` was given has made it.
  loaded,
};

std::string to_string(value_origin x);

bool from_string(detail::caf_string_view name, value_origin& x);

bool from_integer(std::underlying_type_t<value_origin> value, value_origin& x);

template <class Inspector>
bool inspect(Inspector& f, value_origin& x) {
  return caf::default_enum_inspect(f, x);
}

/// Where the value of a key comes from.
struct explanation {
  /// The adapter, or the layer, that has it.
  std::string source;

  actor_cache::version version = 0;

  /// The lifetime that is left.
  ttl remaining = infinite;

  value_origin origin = value_origin::unknown;

  /// How long ago it was stored, unless the origin is unknown.
  std::optional<timespan> age;

  /// Who called: "actor 17", or "a thread"; empty where the origin is unknown.
  std::string caller;

  /// How long it took to make a value that was loaded.
  std::optional<timespan> load_time;

  template <class Inspector>
  friend bool inspect(Inspector& f, explanation& x) {
    return f.object(x).fields(
      f.field("source", x.source), f.field("version", x.version),
      f.field("remaining", x.remaining), f.field("origin", x.origin),
      f.field("age", x.age), f.field("caller", x.caller),
      f.field("load-time", x.load_time));
  }
};

} // namespace actor_cache
