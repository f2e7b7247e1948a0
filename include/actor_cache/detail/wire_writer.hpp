#pragma once

#include "actor_cache/detail/wire_tags.hpp"
#include "actor_cache/errc.hpp"

#include <caf/error.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace actor_cache::detail {
class cereal_saver;
struct saver_access;
} // namespace actor_cache::detail

namespace actor_cache::wire {

/// Appends items to a payload.
///
/// A codec rarely calls its functions: `actor_cache::write` appends any value
/// and goes on from there. The functions that open something that contains
/// other items return `false` when the nesting is too deep, and then `error`
/// says so.
///
/// Thread safety: none.
class writer {
public:
  /// Starts a payload behind `prefix` bytes that the caller fills in later.
  explicit writer(size_t prefix = 0) {
    bytes_.reserve(prefix + 114);
    bytes_.resize(prefix);
  }

  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  void boolean(bool value) {
    put(value ? tag::yes : tag::no);
  }

  template <plain_number T>
  void number(T value) {
    char buf[1 + sizeof(T)];
    buf[0] = static_cast<char>(tag_of<T>());
    std::memcpy(buf + 1, &value, sizeof(T));
    swap_if_big_endian<T>(buf + 1, 1);
    bytes_.append(buf, sizeof(buf));
  }

  void extended(long double value);

  void text(std::string_view value) {
    put(tag::text);
    size(value.size());
    bytes_.append(value);
  }

  /// Appends the `count` numbers of type `T` at `values` in one go.
  template <plain_number T>
  void array(const void* values, size_t count) {
    put(tag::array);
    put(tag_of<T>());
    size(count);
    if (count == 0)
      return;
    auto pos = bytes_.size();
    bytes_.append(static_cast<const char*>(values), count * sizeof(T));
    swap_if_big_endian<T>(bytes_.data() + pos, count);
  }

  /// Announces `count` booleans, eight a byte; `packed` holds them, the first
  /// in the lowest bit, the last byte filled up with zeros.
  void bits(std::string_view packed, size_t count) {
    put(tag::bits);
    size(count);
    bytes_.append(packed);
  }

  /// Opens something that `leave` closes: `count` items for a sequence or
  /// tuple, `count` pairs for a map.
  [[nodiscard]] bool enter_sequence(size_t count) {
    return enter_counted(tag::sequence, count);
  }

  [[nodiscard]] bool enter_map(size_t count) {
    return enter_counted(tag::map, count);
  }

  [[nodiscard]] bool enter_tuple(size_t count) {
    return enter_counted(tag::tuple, count);
  }

  /// Opens the alternative number `index` of a variant: one item follows.
  [[nodiscard]] bool enter_alternative(size_t index) {
    return enter_counted(tag::alternative, index);
  }

  /// Says whether something optional is there. If so, its item follows.
  void presence(bool is_present) {
    put(is_present ? tag::present : tag::absent);
  }

  /// Opens an object: fields or items, until `leave_object`.
  [[nodiscard]] bool enter_object() {
    put(tag::object);
    return enter();
  }

  void leave_object() {
    put(tag::object_end);
    leave();
  }

  /// Names the item that follows.
  void field(std::string_view name) {
    auto check = name_check(name);
    const char buf[2] = {static_cast<char>(0x80 | check >> 8),
                         static_cast<char>(check & 0xff)};
    bytes_.append(buf, 2);
  }

  /// Counts one more level of nesting.
  [[nodiscard]] bool enter() {
    return ++depth_ <= max_depth || fail_too_deep();
  }

  void leave() {
    --depth_;
  }

  /// Records why the value cannot be encoded, unless something was recorded
  /// before.
  /// @returns `false`
  bool fail(const caf::error& reason);
  bool fail(std::string text);

  bool failed() const noexcept {
    return failed_;
  }

  /// Returns `errc::encoding_failed` with what was recorded.
  caf::error error() const;

  /// Returns what was recorded.
  const std::string& reason() const noexcept {
    return reason_;
  }

  /// Hands out everything written so far.
  std::string take() && {
    return std::move(bytes_);
  }

private:
  friend struct actor_cache::detail::saver_access;

  struct shared_object {
    uint64_t id;
    bool complete;
  };

  struct shared_key {
    const void* address;
    std::type_index type;
    bool operator==(const shared_key&) const = default;
  };

  struct shared_key_hash {
    size_t operator()(const shared_key& key) const noexcept {
      return std::hash<const void*>{}(key.address) ^ key.type.hash_code();
    }
  };

  struct shared_table {
    std::unordered_map<shared_key, shared_object, shared_key_hash> objects;
    // Keeps each object alive, so that no other can take its address.
    std::vector<std::shared_ptr<const void>> kept;
  };

  void put(tag value) {
    bytes_.push_back(static_cast<char>(value));
  }

  void size(uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<char>(value));
  }

  bool enter_counted(tag kind, size_t count) {
    put(kind);
    size(count);
    return enter();
  }

  bool fail_too_deep();

  std::string bytes_;
  size_t depth_ = 0;
  bool failed_ = false;
  std::string reason_;
  std::unique_ptr<shared_table> shared_;
  detail::archive_slot<detail::cereal_saver> cereal_{nullptr, nullptr};
};

} // namespace actor_cache::wire
