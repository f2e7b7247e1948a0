#pragma once

#include "actor_cache/detail/term_type.hpp"
#include "actor_cache/encoding.hpp"
#include "actor_cache/errc.hpp"

#include <caf/expected.hpp>

#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace actor_cache {

template <class V>
class view;

/// A value of any encodable type, immutable and cheap to copy: what adapters
/// store and messages carry. A term is empty, a live object, or the encoded
/// bytes of one. Live objects of up to 16 trivially copyable bytes lie in the
/// term itself, all others in a reference-counted box that copies share.
///
/// Between actors of one process a term travels as it is; between processes it
/// travels as bytes.
///
/// Thread safety: distinct terms may be used at the same time even where they
/// share one object.
class term {
public:
  /// Makes an empty term.
  term() noexcept = default;

  /// Makes a term that holds `value` as a live object.
  template <class V>
  static term of(V value) {
    return detail::make_term<V>(std::move(value));
  }

  /// Makes a term from what `encode` returned. Whether the bytes can be
  /// trusted shows on the first typed access.
  static term from_bytes(std::string bytes);

  term(const term& other) noexcept : term(other.type_, other) {
    if (boxed())
      box_->references.fetch_add(1, std::memory_order_relaxed);
  }

  term(term&& other) noexcept
    : term(std::exchange(other.type_, nullptr), other) {
    // nop
  }

  term& operator=(term other) noexcept {
    swap(other);
    return *this;
  }

  ~term() {
    if (boxed()
        && box_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      type_->destroy(box_);
  }

  void swap(term& other) noexcept {
    std::swap(type_, other.type_);
    std::swap(inline_, other.inline_);
  }

  /// Tells whether the term holds nothing at all.
  bool empty() const noexcept {
    return type_ == nullptr;
  }

  /// Tells whether the term holds encoded bytes.
  bool encoded() const noexcept {
    return type_ == &detail::encoded_type;
  }

  /// Tells whether the value is of type `V`, without decoding it.
  template <class V>
  bool holds() const noexcept {
    return type_ == &detail::type_of<V> || has_type(detail::type_of<V>);
  }

  /// Returns the live object if that is what the term holds, and of type `V`,
  /// else null. (The standard library: `std::get_if`.)
  template <class V>
  const V* get_if() const noexcept {
    if (type_ != &detail::type_of<V>)
      return nullptr;
    return std::launder(static_cast<const V*>(object()));
  }

  /// Returns a copy of the value.
  /// @returns `errc::type_mismatch` where the term holds another type,
  ///          `errc::corrupt_value` where its bytes cannot be trusted
  template <class V>
  caf::expected<V> as() const&;

  /// Returns the value, moved out where nobody shares it.
  template <class V>
  caf::expected<V> as() &&;

  /// Returns the stored object itself, without a copy. A term of bytes is
  /// decoded once; its copies share the result.
  template <class V>
  caf::expected<actor_cache::view<V>> view() const;

  /// Returns the encoded value, in O(1) where the term holds bytes already.
  /// @returns `errc::encoding_failed` where the value cannot be encoded
  caf::expected<std::string>
  bytes(const compression_options& compression = {}) const;

  /// Returns a term of bytes that does not share what `view` has decoded, so
  /// that a store of bytes keeps bytes only. Other terms come back as they are.
  term detached() const;

  /// Tells whether both hold equal values of one type: by the type's `==` where
  /// that compares values, else by their encoded bytes. Values that cannot be
  /// encoded or decoded equal nothing.
  bool equals(const term& other) const;

  /// Returns the readable name of the value's type.
  std::string_view type_name() const noexcept;

  /// Returns the size of the value in bytes: exact for encoded terms, the
  /// object's own size without what it points to for live ones.
  size_t footprint() const noexcept;

  template <class Inspector>
  friend bool inspect(Inspector& f, term& x) {
    if constexpr (Inspector::is_loading) {
      std::string bytes;
      if (!f.object(x).fields(f.field("bytes", bytes)))
        return false;
      x = bytes.empty() ? term{} : term::from_bytes(std::move(bytes));
      return true;
    } else {
      auto bytes = x.bytes();
      if (!bytes) {
        f.set_error(std::move(bytes.error()));
        return false;
      }
      return f.object(x).fields(f.field("bytes", *bytes));
    }
  }

private:
  template <class V>
  friend class actor_cache::view;

  template <class V>
  friend term detail::make_term(V);

  friend struct detail::term_parts;

  term(const detail::term_type* type, detail::term_box* box) noexcept
    : type_(type), box_(box) {
    // nop
  }

  /// Takes the bits of `other`; the references are the caller's business.
  term(const detail::term_type* type, const term& other) noexcept
    : type_(type) {
    std::memcpy(inline_, other.inline_, sizeof(inline_));
  }

  bool boxed() const noexcept {
    return type_ != nullptr && !type_->inlined;
  }

  /// Returns the live object, which must be there.
  const void* object() const noexcept {
    return type_->inlined ? static_cast<const void*>(inline_)
                          : type_->object(box_);
  }

  bool has_type(const detail::term_type& wanted) const noexcept;

  bool same_bytes(const term& other) const;

  /// Returns the bytes of an encoded term that nobody else can decode again.
  const std::string_view* unshared_bytes() const noexcept;

  /// Returns the term that holds the decoded value; decodes at the first call.
  caf::expected<term> live(const detail::term_type& wanted) const;

  const detail::term_type* type_ = nullptr;
  union {
    detail::term_box* box_;
    alignas(detail::inline_alignment) std::byte inline_[detail::inline_size]
      = {};
  };
};

/// A stored object, shared and const. Stays valid as long as the view lives,
/// whatever happens to the cache.
template <class V>
class view {
public:
  const V& operator*() const noexcept {
    return *get();
  }

  const V* operator->() const noexcept {
    return get();
  }

  const V* get() const noexcept {
    return std::launder(static_cast<const V*>(holder_.object()));
  }

  /// Returns the term behind the view.
  const term& to_term() const noexcept {
    return holder_;
  }

private:
  friend class term;

  explicit view(term holder) noexcept : holder_(std::move(holder)) {
    // nop
  }

  term holder_;
};

namespace detail {

template <class V>
term make_term(V value) {
  if constexpr (fits_inline<V>) {
    term result;
    result.type_ = &type_of<V>;
    ::new (static_cast<void*>(result.inline_)) V(value);
    return result;
  } else {
    return term{&type_of<V>, new value_box<V>(std::move(value))};
  }
}

template <class V>
caf::expected<term> decode_term(std::string_view bytes) {
  auto value = decode<V>(bytes);
  if (!value)
    return std::move(value.error());
  return make_term<V>(std::move(*value));
}

/// Returns a deep copy by way of the codec, for what has no copy constructor.
template <class V>
caf::expected<V> clone(const V& value) {
  if constexpr (std::is_copy_constructible_v<V>) {
    return value;
  } else {
    auto bytes = encode(value);
    if (!bytes)
      return std::move(bytes.error());
    return decode<V>(*bytes);
  }
}

} // namespace detail

template <class V>
caf::expected<view<V>> term::view() const {
  if (type_ == &detail::type_of<V>)
    return actor_cache::view<V>{*this};
  auto found = live(detail::type_of<V>);
  if (!found)
    return std::move(found.error());
  return actor_cache::view<V>{std::move(*found)};
}

template <class V>
caf::expected<V> term::as() const& {
  if (const auto* live = get_if<V>())
    return detail::clone(*live);
  auto found = view<V>();
  if (!found)
    return std::move(found.error());
  return detail::clone(**found);
}

template <class V>
caf::expected<V> term::as() && {
  if (const auto* unshared = encoded() ? unshared_bytes() : nullptr)
    return decode<V>(*unshared);
  return std::as_const(*this).template as<V>();
}

/// Renders a term for logs: its type and size, never its content.
std::string to_string(const term& x);

} // namespace actor_cache
