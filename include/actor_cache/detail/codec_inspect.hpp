#pragma once

#include "actor_cache/detail/inspect_loader.hpp"
#include "actor_cache/detail/inspect_saver.hpp"

#include <type_traits>

namespace actor_cache::detail {

template <class T>
consteval bool has_own_inspect() {
  return caf::detail::has_inspect_overload<inspect_saver, T>::value
         && caf::detail::has_inspect_overload<inspect_loader, T>::value;
}

template <class Inspector, class T>
inline constexpr bool is_accessible
  = !std::is_same_v<decltype(caf::inspect_access_type<Inspector, T>()),
                    caf::inspector_access_type::none>
    && !std::is_same_v<decltype(caf::inspect_access_type<Inspector, T>()),
                       caf::inspector_access_type::unsafe>;

/// Types that CAF's inspectors take: by `inspect`, by a specialisation of
/// `caf::inspector_access`, or because they look like a container.
template <class T>
consteval bool has_inspect() {
  if constexpr (has_own_inspect<T>()) {
    return true;
  } else if constexpr (std::is_class_v<T>) {
    return is_accessible<inspect_saver, T> && is_accessible<inspect_loader, T>;
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
