#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/codec_dispatch.hpp"

#include <caf/save_inspector_base.hpp>
#include <caf/span.hpp>

#include <cstddef>
#include <string>
#include <type_traits>

namespace actor_cache::detail {

/// What a user's `inspect` is called with to save.
class inspect_saver : public caf::save_inspector_base<inspect_saver> {
public:
  explicit inspect_saver(wire::writer& out) : out_(out) {
  }

  static constexpr bool has_human_readable_format() noexcept {
    return false;
  }

  bool begin_object(caf::type_id_t, caf_string_view) {
    return out_.enter_object();
  }

  bool end_object() {
    out_.leave_object();
    return true;
  }

  bool begin_field(caf_string_view name) {
    out_.field(to_std(name));
    return true;
  }

  bool begin_field(caf_string_view name, bool is_present) {
    out_.field(to_std(name));
    out_.presence(is_present);
    return true;
  }

  bool begin_field(caf_string_view name, caf::span<const caf::type_id_t>,
                   size_t index) {
    out_.field(to_std(name));
    if (!out_.enter_alternative(index))
      return false;
    out_.leave();
    return true;
  }

  bool begin_field(caf_string_view name, bool is_present,
                   caf::span<const caf::type_id_t> types, size_t index) {
    if (is_present) {
      out_.field(to_std(name));
      out_.presence(true);
      return begin_field(name, types, index);
    }
    return begin_field(name, false);
  }

  bool end_field() {
    return true;
  }

  bool begin_tuple(size_t size) {
    return out_.enter_tuple(size);
  }

  bool end_tuple() {
    out_.leave();
    return true;
  }

  bool begin_key_value_pair() {
    return true;
  }

  bool end_key_value_pair() {
    return true;
  }

  bool begin_sequence(size_t size) {
    return out_.enter_sequence(size);
  }

  bool end_sequence() {
    out_.leave();
    return true;
  }

  bool begin_associative_array(size_t size) {
    return out_.enter_map(size);
  }

  bool end_associative_array() {
    out_.leave();
    return true;
  }

  template <class T>
    requires std::is_arithmetic_v<T>
  bool value(T x) {
    return save_item(out_, x);
  }

  bool value(std::byte x) {
    out_.number(std::to_integer<uint8_t>(x));
    return true;
  }

  bool value(caf_string_view x) {
    out_.text(to_std(x));
    return true;
  }

  bool value(const std::u16string& x) {
    return save_item(out_, x);
  }

  bool value(const std::u32string& x) {
    return save_item(out_, x);
  }

  bool value(caf::span<const std::byte> x) {
    out_.array<uint8_t>(x.data(), x.size());
    return true;
  }

  template <class T>
    requires(bypasses_inspect<T>())
  bool builtin_inspect(const T& x) {
    return save_item(out_, x);
  }

private:
  wire::writer& out_;
};

} // namespace actor_cache::detail
