#pragma once

#include "actor_cache/detail/value_equality.hpp"
#include "actor_cache/encoding.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

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
  std::atomic<uint32_t> references{1};

  /// How far into a block of memory the box lies that a store has made for it
  /// and more (with `malloc`); 0 for a box with a block of its own.
  uint32_t offset = 0;
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

/// Whether a value can be moved into the memory of the store that keeps it.
template <class V>
inline constexpr bool fits_in_store
  = std::is_nothrow_move_constructible_v<V> && sizeof(value_box<V>) <= 128
    && alignof(value_box<V>) <= alignof(void*);

/// What a term knows of the type of its value.
struct term_type {
  uint64_t fingerprint;
  std::string_view (*name)();
  size_t size;
  bool inlined;
  const std::type_info* rtti;
  const void* (*object)(const term_box*) noexcept;
  /// Ends the value, and frees the block that the box lies in.
  void (*destroy)(term_box*) noexcept;
  /// The size of a box that `move` can make elsewhere; 0 where it cannot.
  size_t box_size = 0;
  /// Makes a box at `memory` that takes the value over from another one. What
  /// is left there is to be destroyed.
  term_box* (*move)(term_box* from, void* memory) noexcept = nullptr;
  /// Ends the value, and leaves the block.
  void (*end)(term_box*) noexcept = nullptr;
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
void end_box(term_box* box) noexcept {
  static_cast<value_box<V>*>(box)->~value_box<V>();
}

template <class V>
void destroy_box(term_box* box) noexcept {
  if (box->offset == 0) {
    delete static_cast<value_box<V>*>(box);
    return;
  }
  auto* block = reinterpret_cast<char*>(box) - box->offset;
  end_box<V>(box);
  std::free(block);
}

template <class V>
term_box* move_box(term_box* from, void* memory) noexcept {
  if constexpr (fits_in_store<V>)
    return ::new (memory)
      value_box<V>{std::move(static_cast<value_box<V>*>(from)->value)};
  else
    return nullptr;
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
  .box_size = fits_in_store<V> ? sizeof(value_box<V>) : 0,
  .move = move_box<V>,
  .end = end_box<V>,
  .encode = encode_object<V>,
  .decode = decode_term<V>,
  .equal = equality_of<V>(),
};

} // namespace actor_cache::detail
