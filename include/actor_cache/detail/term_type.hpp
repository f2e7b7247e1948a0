#pragma once

#include "actor_cache/detail/value_equality.hpp"
#include "actor_cache/encoding.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace actor_cache {

class term;

} // namespace actor_cache

namespace actor_cache::detail {

inline constexpr size_t inline_size = 16;
inline constexpr size_t inline_alignment = 8;

template <class V>
inline constexpr bool fits_inline = std::is_trivially_copyable_v<V>
                                    && sizeof(V) <= inline_size
                                    && alignof(V) <= inline_alignment;

/// What all boxed values begin with.
struct term_box {
  std::atomic<size_t> references{1};
};

/// Lets at the parts of a term, for stores that make boxes of their own.
struct term_parts;

template <class V>
struct value_box : term_box {
  explicit value_box(V x) : value(std::move(x)) {
    // nop
  }

  V value;
};

/// What a term knows of the type of its value.
struct term_type {
  uint64_t fingerprint;
  std::string_view (*name)();
  size_t size;
  bool inlined;
  const std::type_info* rtti;
  const void* (*object)(const term_box*) noexcept;
  void (*destroy)(term_box*) noexcept;
  caf::expected<std::string> (*encode)(const void*, const compression_options&);
  caf::expected<term> (*decode)(std::string_view);
  /// Null where values of the type have no `==`.
  bool (*equal)(const void*, const void*);
};

/// Stands in for the type of a term that holds encoded bytes.
extern const term_type encoded_type;

template <class V>
term make_term(V value);

template <class V>
caf::expected<term> decode_term(std::string_view bytes);

template <class V>
const void* boxed_object(const term_box* box) noexcept {
  return &static_cast<const value_box<V>*>(box)->value;
}

template <class V>
void destroy_box(term_box* box) noexcept {
  delete static_cast<value_box<V>*>(box);
}

template <class V>
caf::expected<std::string>
encode_object(const void* object, const compression_options& options) {
  return encode(*static_cast<const V*>(object), options);
}

/// The description of `V`. Two shared libraries may each have one, so whoever
/// finds different addresses compares `rtti`.
template <class V>
inline constexpr term_type type_of{
  .fingerprint = actor_cache::fingerprint<V>(),
  .name = actor_cache::type_name<V>,
  .size = sizeof(V),
  .inlined = fits_inline<V>,
  .rtti = &typeid(V),
  .object = boxed_object<V>,
  .destroy = destroy_box<V>,
  .encode = encode_object<V>,
  .decode = decode_term<V>,
  .equal = equality_of<V>(),
};

} // namespace actor_cache::detail
