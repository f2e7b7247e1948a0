#pragma once

#include "actor_cache/wire.hpp"

#include <caf/detail/type_traits.hpp>
#include <caf/expected.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace actor_cache {

/// How values of `V` become bytes, for types that have neither a cereal
/// `serialize` nor a CAF `inspect`, or to overrule these. Specialise it with
///
///     static caf::error save(wire::writer& out, const V& value);
///     static caf::expected<V> load(wire::reader& in);
///
/// and use `actor_cache::write` and `actor_cache::read` in there. `save` and
/// `load` are called on whichever thread encodes or decodes and must hold no
/// state. They may throw: `encode` and `decode` turn that into an error.
template <class V>
struct codec;

/// Types with a codec specialisation.
template <class V>
concept has_codec
  = requires(wire::writer& out, wire::reader& in, const V& value) {
      { codec<V>::save(out, value) } -> std::same_as<caf::error>;
      { codec<V>::load(in) } -> std::same_as<caf::expected<V>>;
    };

namespace detail {

/// How the library itself encodes `T`: `save(writer&, const T&)` and
/// `load(reader&, T&)`, which return `false` on failure, and `supported`, which
/// tells whether what `T` contains can be encoded. Complete for scalars and the
/// types of the standard library.
template <class T>
struct standard;

template <class T>
concept has_standard = requires { sizeof(standard<T>); };

/// What turns a type into bytes, the first that applies.
enum class frontend { codec, standard, cereal, inspect, none };

template <class T>
consteval frontend frontend_of();

/// Tells whether some frontend takes `T`, and everything that `T` is known to
/// contain.
template <class T>
consteval bool is_encodable();

/// Types that an inspector of ours hands back to the other frontends, so that
/// CAF's own way with containers and the like is not used.
template <class T>
consteval bool bypasses_inspect();

/// Appends `value` as one item.
template <class T>
bool save_item(wire::writer& out, const T& value);

/// Reads one item into `value`.
template <class T>
bool load_item(wire::reader& in, T& value);

/// Reads one item and passes it to `sink`. For places where no object exists
/// yet: only types without a codec need a default constructor.
template <class T, class Sink>
bool load_new(wire::reader& in, Sink sink) {
  if constexpr (has_codec<T>) {
    if (!in.enter_object())
      return false;
    auto value = codec<T>::load(in);
    if (!value)
      return in.fail(std::move(value.error()));
    if (!in.leave_object())
      return false;
    sink(std::move(*value));
    return true;
  } else {
    static_assert(std::default_initializable<T>,
                  "actor_cache: decoding makes an empty value and then fills "
                  "it, but this type has no (public) default constructor. Give "
                  "it one, or specialise actor_cache::codec for it.");
    auto value = T();
    if (!load_item(in, value))
      return false;
    sink(std::move(value));
    return true;
  }
}

} // namespace detail
} // namespace actor_cache
