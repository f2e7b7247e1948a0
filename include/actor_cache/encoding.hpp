#pragma once

#include "actor_cache/codec.hpp"
#include "actor_cache/compression_options.hpp"
#include "actor_cache/type_name.hpp"

#include <caf/expected.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace actor_cache {
namespace detail {

/// What `encode` and `decode` know about a type; the rest is no template.
struct encoding_type {
  uint64_t fingerprint;
  std::string_view (*name)();
};

caf::expected<std::string>
encode_erased(encoding_type type, const compression_options& compression,
              bool (*save)(wire::writer&, const void*), const void* value);

caf::error decode_erased(encoding_type type, std::string_view bytes,
                         bool (*load)(wire::reader&, void*), void* result);

} // namespace detail

/// Turns `value` into bytes that `decode` reads on any machine, in the format
/// of docs/encoding.md.
/// @returns `errc::encoding_failed` where the value cannot be encoded: it is
///          nested more than 200 deep, contains itself through shared pointers,
///          or its type's own code failed or threw;
///          `errc::invalid_argument` where `compression` is invalid
///
/// Thread safety: any number of threads may encode at once, also one value.
/// Complexity: linear in the size of the value.
template <class V>
caf::expected<std::string>
encode(const V& value, const compression_options& compression = {}) {
  detail::require_encodable<V>();
  auto save = [](wire::writer& out, const void* ptr) {
    return detail::save_item(out, *static_cast<const V*>(ptr));
  };
  return detail::encode_erased({fingerprint<V>(), type_name<V>}, compression,
                               save, &value);
}

/// Returns the fingerprint of the type whose value `bytes` hold, without a look
/// at the value; zero where `bytes` cannot be what `encode` returned.
uint64_t fingerprint_of(std::string_view bytes) noexcept;

/// Turns what `encode` returned back into a value. Damaged and hostile bytes
/// give an error; memory is not allocated beyond what the bytes justify.
/// @returns `errc::type_mismatch` where the bytes are intact but hold a value
///          of another type, or of another form of this type;
///          `errc::corrupt_value` where they are damaged, truncated, or of an
///          unknown format
///
/// Thread safety: any number of threads may decode at once.
/// Complexity: linear in the size of the value.
template <class V>
caf::expected<V> decode(std::string_view bytes) {
  detail::require_encodable<V>();
  auto result = std::optional<V>{};
  auto load = [](wire::reader& in, void* ptr) {
    auto& slot = *static_cast<std::optional<V>*>(ptr);
    return detail::load_new<V>(in,
                               [&slot](V&& x) { slot.emplace(std::move(x)); });
  };
  auto err = detail::decode_erased({fingerprint<V>(), type_name<V>}, bytes,
                                   load, &result);
  if (!err.empty())
    return err;
  return std::move(*result);
}

} // namespace actor_cache
