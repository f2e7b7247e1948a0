#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/codec_dispatch.hpp"

#include <caf/load_inspector_base.hpp>
#include <caf/save_inspector_base.hpp>
#include <caf/span.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace actor_cache::detail {

/// Types that an inspector of ours hands back to the other frontends, so that
/// CAF's own way with containers and the like is not used.
template <class T>
consteval bool bypasses_inspect();

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

template <class T>
consteval bool has_own_inspect() {
  return caf::detail::has_inspect_overload<inspect_saver, T>::value
         && caf::detail::has_inspect_overload<inspect_loader, T>::value;
}

/// Types that CAF's inspectors take: by `inspect`, by a specialisation of
/// `caf::inspector_access`, or because they look like a container.
template <class T>
consteval bool has_inspect() {
  if constexpr (has_own_inspect<T>()) {
    return true;
  } else if constexpr (std::is_class_v<T> && !std::is_pointer_v<T>) {
    using access = decltype(caf::inspect_access_type<inspect_saver, T>());
    using types = caf::inspector_access_type;
    return !std::is_same_v<access, types::none>
           && !std::is_same_v<access, types::unsafe>;
  } else {
    return false;
  }
}

template <class T>
bool save_by_inspect(wire::writer& out, const T& value) {
  auto f = inspect_saver{out};
  auto& x = const_cast<T&>(value); // that is how CAF's inspect is written
  auto ok = false;
  if constexpr (has_own_inspect<T>())
    ok = inspect(f, x);
  else
    ok = f.apply(x);
  return ok || out.fail(f.get_error());
}

template <class T>
bool load_by_inspect(wire::reader& in, T& value) {
  auto f = inspect_loader{in};
  auto ok = false;
  if constexpr (has_own_inspect<T>())
    ok = inspect(f, value);
  else
    ok = f.apply(value);
  return ok || in.fail(f.get_error());
}

} // namespace actor_cache::detail
