#pragma once

#include "actor_cache/detail/wire_tags.hpp"
#include "actor_cache/errc.hpp"

#include <caf/error.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

namespace actor_cache::detail {
class cereal_loader;
struct loader_access;
} // namespace actor_cache::detail

namespace actor_cache::wire {

/// Reads items from a payload that nobody vouches for.
///
/// A codec rarely calls its functions: `actor_cache::read` reads any value and
/// goes on from there. Every function returns `false` when the payload holds
/// something else than what was asked for; `error` then says what, and every
/// later call fails as well. No count that the payload states is believed
/// beyond what its remaining bytes could hold.
///
/// Thread safety: none. The bytes must outlive the reader.
class reader {
public:
  explicit reader(std::string_view payload)
    : pos_(payload.data()), end_(payload.data() + payload.size()) {
  }

  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  [[nodiscard]] bool boolean(bool& value) {
    auto found = tag{};
    if (!next(found, "bool"))
      return false;
    value = found == tag::yes;
    return value || found == tag::no || fail_found(found, "bool");
  }

  template <plain_number T>
  [[nodiscard]] bool number(T& value) {
    if (!expect(tag_of<T>()) || !need(sizeof(T)))
      return false;
    char buf[sizeof(T)];
    std::memcpy(buf, pos_, sizeof(T));
    swap_if_big_endian<T>(buf, 1);
    std::memcpy(&value, buf, sizeof(T));
    pos_ += sizeof(T);
    return true;
  }

  [[nodiscard]] bool extended(long double& value);

  /// Reads a text; `value` points into the payload.
  [[nodiscard]] bool text(std::string_view& value) {
    size_t count = 0;
    if (!expect(tag::text) || !size(count, 1))
      return false;
    value = std::string_view{pos_, count};
    pos_ += count;
    return true;
  }

  /// Reads how many numbers of type `T` an array holds; `array_items` must
  /// follow with that count. The payload does hold that many.
  template <plain_number T>
  [[nodiscard]] bool array_size(size_t& count) {
    return expect(tag::array) && expect(tag_of<T>()) && size(count, sizeof(T));
  }

  template <plain_number T>
  void array_items(void* values, size_t count) {
    if (count == 0)
      return;
    std::memcpy(values, pos_, count * sizeof(T));
    swap_if_big_endian<T>(static_cast<char*>(values), count);
    pos_ += count * sizeof(T);
  }

  /// Reads `count` booleans, packed as `writer::bits` takes them.
  [[nodiscard]] bool bits(std::string_view& packed, size_t& count);

  /// Opens what the writer opened with the function of the same name; `leave`
  /// closes it. At least one byte of payload stands behind each of `count`.
  [[nodiscard]] bool enter_sequence(size_t& count) {
    return expect(tag::sequence) && size(count, 1) && enter();
  }

  [[nodiscard]] bool enter_map(size_t& count) {
    return expect(tag::map) && size(count, 2) && enter();
  }

  /// Opens a tuple that must have `count` items.
  [[nodiscard]] bool enter_tuple(size_t count);

  /// Opens an alternative; `index` is checked to be below `alternatives`.
  [[nodiscard]] bool enter_alternative(size_t& index, size_t alternatives);

  [[nodiscard]] bool presence(bool& is_present) {
    auto found = tag{};
    if (!next(found, "an optional item"))
      return false;
    is_present = found == tag::present;
    return is_present || found == tag::absent
           || fail_found(found, "an optional item");
  }

  [[nodiscard]] bool enter_object() {
    return expect(tag::object) && enter();
  }

  [[nodiscard]] bool leave_object() {
    leave();
    return expect(tag::object_end);
  }

  /// Checks that the item that follows was stored under `name`, as far as 15
  /// bits can tell. Messages name that field until the next call.
  [[nodiscard]] bool field(std::string_view name) {
    field_ = name;
    auto check = name_check(name);
    if (end_ - pos_ < 2 || static_cast<uint8_t>(pos_[0]) != (0x80 | check >> 8)
        || static_cast<uint8_t>(pos_[1]) != (check & 0xff))
      return fail_field();
    pos_ += 2;
    return true;
  }

  /// Says that the field named last is through.
  void field_done() noexcept {
    field_ = {};
  }

  [[nodiscard]] bool enter() {
    return ++depth_ <= max_depth || fail_too_deep();
  }

  void leave() {
    --depth_;
  }

  /// Returns how many bytes of payload are left.
  size_t remaining() const noexcept {
    return static_cast<size_t>(end_ - pos_);
  }

  /// Checks that nothing is left.
  [[nodiscard]] bool finish();

  /// Records why the payload cannot be read, unless something was recorded
  /// before, and lets every later call fail.
  /// @returns `false`
  bool fail(const caf::error& reason);
  bool fail(errc code, std::string text);

  bool failed() const noexcept {
    return code_ != errc::none;
  }

  /// Returns what was recorded as an error, ...
  caf::error error() const;

  /// ... as a code, ...
  errc code() const noexcept {
    return code_;
  }

  /// ... and as a text.
  const std::string& reason() const noexcept {
    return reason_;
  }

private:
  friend struct actor_cache::detail::loader_access;

  struct shared_object {
    std::shared_ptr<void> object;
    std::type_index type;
    bool complete;
  };

  bool next(tag& found, std::string_view wanted) {
    if (pos_ == end_)
      return fail_truncated(wanted);
    found = static_cast<tag>(*pos_++);
    return true;
  }

  bool expect(tag wanted) {
    if (pos_ != end_ && static_cast<tag>(*pos_) == wanted) {
      ++pos_;
      return true;
    }
    return fail_expect(wanted);
  }

  bool need(size_t count) {
    return remaining() >= count || fail_truncated("a number");
  }

  /// Reads a count of things that take at least `width` bytes each.
  bool size(size_t& count, size_t width);
  bool varint(uint64_t& value);

  bool fail_expect(tag wanted);
  bool fail_found(tag found, std::string_view wanted);
  bool fail_field();
  bool fail_truncated(std::string_view wanted);
  bool fail_too_deep();
  std::string place() const;

  const char* pos_;
  const char* end_;
  size_t depth_ = 0;
  errc code_ = errc::none;
  std::string_view field_;
  std::string reason_;
  std::vector<shared_object> shared_;
  detail::archive_slot<detail::cereal_loader> cereal_{nullptr, nullptr};
};

} // namespace actor_cache::wire
