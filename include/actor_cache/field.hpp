#pragma once

#include <string_view>

namespace actor_cache {

/// Names one member of a struct. A struct lists its members once, for all that
/// must know them by name:
///
/// ```
/// struct lru_options {
///   size_t capacity = 1000;
///
///   static constexpr auto fields = std::tuple{
///     field{"capacity", &lru_options::capacity},
///   };
/// };
/// ```
template <class Object, class T>
struct field {
  std::string_view name;
  T Object::* member;
};

} // namespace actor_cache
