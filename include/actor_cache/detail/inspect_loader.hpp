#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/codec_dispatch.hpp"

#include <caf/load_inspector_base.hpp>
#include <caf/span.hpp>

#include <cstddef>
#include <string>
#include <type_traits>

namespace actor_cache::detail {

/// What a user's `inspect` is called with to load.
class inspect_loader : public caf::load_inspector_base<inspect_loader> {
public:
  explicit inspect_loader(wire::reader& in) : in_(in) {
  }

  static constexpr bool has_human_readable_format() noexcept {
    return false;
  }

  bool begin_object(caf::type_id_t, caf_string_view) {
    return in_.enter_object();
  }

  bool end_object() {
    return in_.leave_object();
  }

  bool begin_field(caf_string_view name) {
    return in_.field(to_std(name));
  }

  bool begin_field(caf_string_view name, bool& is_present) {
    return in_.field(to_std(name)) && in_.presence(is_present);
  }

  bool begin_field(caf_string_view name, caf::span<const caf::type_id_t> types,
                   size_t& index) {
    if (!in_.field(to_std(name)) || !in_.enter_alternative(index, types.size()))
      return false;
    in_.leave();
    return true;
  }

  bool begin_field(caf_string_view name, bool& is_present,
                   caf::span<const caf::type_id_t> types, size_t& index) {
    if (!begin_field(name, is_present))
      return false;
    return !is_present || begin_field(name, types, index);
  }

  bool end_field() {
    in_.field_done();
    return true;
  }

  bool begin_tuple(size_t size) {
    return in_.enter_tuple(size);
  }

  bool end_tuple() {
    in_.leave();
    return true;
  }

  bool begin_key_value_pair() {
    return true;
  }

  bool end_key_value_pair() {
    return true;
  }

  bool begin_sequence(size_t& size) {
    return in_.enter_sequence(size);
  }

  bool end_sequence() {
    in_.leave();
    return true;
  }

  bool begin_associative_array(size_t& size) {
    return in_.enter_map(size);
  }

  bool end_associative_array() {
    in_.leave();
    return true;
  }

  template <class T>
    requires std::is_arithmetic_v<T>
  bool value(T& x) {
    return load_item(in_, x);
  }

  bool value(std::byte& x) {
    auto number = uint8_t{0};
    if (!in_.number(number))
      return false;
    x = std::byte{number};
    return true;
  }

  bool value(std::string& x) {
    return load_item(in_, x);
  }

  bool value(std::u16string& x) {
    return load_item(in_, x);
  }

  bool value(std::u32string& x) {
    return load_item(in_, x);
  }

  bool value(caf::span<std::byte> x) {
    size_t count = 0;
    if (!in_.array_size<uint8_t>(count))
      return false;
    if (count != x.size())
      return in_.fail(errc::type_mismatch, "bytes of another size");
    in_.array_items<uint8_t>(x.data(), count);
    return true;
  }

  template <class T>
    requires(bypasses_inspect<T>())
  bool builtin_inspect(T& x) {
    return load_item(in_, x);
  }

private:
  wire::reader& in_;
};

} // namespace actor_cache::detail
