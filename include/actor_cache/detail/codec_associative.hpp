#pragma once

#include "actor_cache/detail/codec_dispatch.hpp"

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace actor_cache::detail {

/// Checks that no key came twice where keys are unique.
template <class Container>
bool check_unique(wire::reader& in, const Container& value, size_t count) {
  return value.size() == count
         || in.fail(errc::corrupt_value, "a key occurs twice");
}

/// Maps of every kind.
template <class Map>
struct standard_map {
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;

  static constexpr bool supported = is_encodable<key_type>()
                                    && is_encodable<mapped_type>();

  static bool save(wire::writer& out, const Map& value) {
    if (!out.enter_map(value.size()))
      return false;
    for (const auto& [key, mapped] : value)
      if (!save_item(out, key) || !save_item(out, mapped))
        return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, Map& value) {
    value.clear();
    size_t count = 0;
    if (!in.enter_map(count))
      return false;
    for (size_t i = 0; i < count; ++i)
      if (!load_pair(in, value))
        return false;
    in.leave();
    return check_unique(in, value, count);
  }

private:
  static bool load_pair(wire::reader& in, Map& value) {
    auto key = std::optional<key_type>{};
    return load_new<key_type>(in, [&](key_type&& x) { key = std::move(x); })
           && load_new<mapped_type>(in, [&](mapped_type&& x) {
                value.emplace_hint(value.end(), std::move(*key), std::move(x));
              });
  }
};

/// Sets of every kind.
template <class Set>
struct standard_set {
  using key_type = typename Set::key_type;

  static constexpr bool supported = is_encodable<key_type>();

  static bool save(wire::writer& out, const Set& value) {
    if (!out.enter_sequence(value.size()))
      return false;
    for (const auto& key : value)
      if (!save_item(out, key))
        return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, Set& value) {
    value.clear();
    size_t count = 0;
    if (!in.enter_sequence(count))
      return false;
    auto insert = [&value](key_type&& x) {
      value.emplace_hint(value.end(), std::move(x));
    };
    for (size_t i = 0; i < count; ++i)
      if (!load_new<key_type>(in, insert))
        return false;
    in.leave();
    return check_unique(in, value, count);
  }
};

template <class K, class V, class C, class A>
struct standard<std::map<K, V, C, A>> : standard_map<std::map<K, V, C, A>> {};

template <class K, class V, class C, class A>
struct standard<std::multimap<K, V, C, A>>
  : standard_map<std::multimap<K, V, C, A>> {};

template <class K, class V, class H, class E, class A>
struct standard<std::unordered_map<K, V, H, E, A>>
  : standard_map<std::unordered_map<K, V, H, E, A>> {};

template <class K, class V, class H, class E, class A>
struct standard<std::unordered_multimap<K, V, H, E, A>>
  : standard_map<std::unordered_multimap<K, V, H, E, A>> {};

template <class K, class C, class A>
struct standard<std::set<K, C, A>> : standard_set<std::set<K, C, A>> {};

template <class K, class C, class A>
struct standard<std::multiset<K, C, A>> : standard_set<std::multiset<K, C, A>> {
};

template <class K, class H, class E, class A>
struct standard<std::unordered_set<K, H, E, A>>
  : standard_set<std::unordered_set<K, H, E, A>> {};

template <class K, class H, class E, class A>
struct standard<std::unordered_multiset<K, H, E, A>>
  : standard_set<std::unordered_multiset<K, H, E, A>> {};

} // namespace actor_cache::detail
