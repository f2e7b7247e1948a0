#pragma once

#include "actor_cache/detail/codec_associative.hpp"
#include "actor_cache/detail/codec_bits.hpp"
#include "actor_cache/detail/codec_cereal.hpp"
#include "actor_cache/detail/codec_dispatch.hpp"
#include "actor_cache/detail/codec_inspect.hpp"
#include "actor_cache/detail/codec_pointer.hpp"
#include "actor_cache/detail/codec_scalar.hpp"
#include "actor_cache/detail/codec_sequence.hpp"
#include "actor_cache/detail/codec_sum.hpp"
#include "actor_cache/type_name.hpp"
#include "actor_cache/wire.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace actor_cache {
namespace detail {

template <class T>
consteval bool bypasses_inspect() {
  if constexpr (has_codec<T> || has_standard<T>)
    return true;
  else if constexpr (std::is_class_v<T> || std::is_union_v<T>)
    return has_cereal<T>;
  else
    return false;
}

template <class T>
consteval frontend frontend_of() {
  if constexpr (has_codec<T>)
    return frontend::codec;
  else if constexpr (has_standard<T>)
    return frontend::standard;
  else if constexpr (bypasses_inspect<T>())
    return frontend::cereal;
  else if constexpr (has_inspect<T>())
    return frontend::inspect;
  else
    return frontend::none;
}

template <class T>
consteval bool is_encodable() {
  constexpr auto by = frontend_of<T>();
  if constexpr (by == frontend::standard)
    return standard<T>::supported;
  else
    return by != frontend::none;
}

/// Says what to do about a type that no frontend takes.
template <class T>
consteval void require_encodable() {
  static_assert(
    is_encodable<T>(),
    "actor_cache: this type, or something in it, cannot be turned "
    "into bytes. Write one of these for it, one is enough: a "
    "cereal serialize(Archive&), a CAF inspect(Inspector&, T&), or "
    "a specialisation of actor_cache::codec. If you did: it must be "
    "declared before this point, in the type's own namespace; "
    "cereal must find exactly one form of it; and without a codec "
    "the type needs a default constructor.");
}

template <class T>
bool save_item(wire::writer& out, const T& value) {
  require_encodable<T>();
  constexpr auto by = frontend_of<T>();
  if constexpr (by == frontend::codec) {
    if (!out.enter_object())
      return false;
    if (auto err = codec<T>::save(out, value); !err.empty())
      return out.fail(std::move(err));
    out.leave_object();
    return !out.failed();
  } else if constexpr (by == frontend::standard) {
    return standard<T>::save(out, value);
  } else if constexpr (by == frontend::cereal) {
    return save_by_cereal(out, value);
  } else if constexpr (by == frontend::inspect) {
    return save_by_inspect(out, value);
  }
}

template <class T>
bool load_item(wire::reader& in, T& value) {
  require_encodable<T>();
  constexpr auto by = frontend_of<T>();
  if constexpr (by == frontend::codec)
    return load_new<T>(in, [&value](T&& x) { value = std::move(x); });
  else if constexpr (by == frontend::standard)
    return standard<T>::load(in, value);
  else if constexpr (by == frontend::cereal)
    return load_by_cereal(in, value);
  else if constexpr (by == frontend::inspect)
    return load_by_inspect(in, value);
}

} // namespace detail

/// Types whose values can be turned into bytes and back: by a specialisation of
/// `codec`, by the library itself for scalars and the standard library's types,
/// by cereal, or by a CAF `inspect`; the first of these that there is. All but
/// types with a codec need a default constructor.
template <class V>
concept encodable = detail::is_encodable<std::remove_cv_t<V>>()
                    && (has_codec<V> || std::default_initializable<V>);

/// Appends `value`, of any encodable type, to `out`. For use in a codec.
/// @returns `errc::encoding_failed` where something in it cannot be encoded
template <class T>
caf::error write(wire::writer& out, const T& value) {
  return detail::save_item(out, value) ? caf::error{} : out.error();
}

/// Reads what `write` appended. For use in a codec.
/// @returns `errc::type_mismatch` or `errc::corrupt_value` where `in` holds
///          something else
template <class T>
caf::expected<T> read(wire::reader& in) {
  auto result = std::optional<T>{};
  if (!detail::load_new<T>(in, [&](T&& x) { result.emplace(std::move(x)); }))
    return in.error();
  return std::move(*result);
}

} // namespace actor_cache
