#pragma once

#include "actor_cache/detail/codec_scalar.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <forward_list>
#include <iterator>
#include <list>
#include <string>
#include <vector>

namespace actor_cache::detail {

/// The number that `T` is stored as: itself, or what is behind an enumeration.
template <class T>
struct stored_number {
  using type = T;
};

template <class T>
  requires(std::is_enum_v<T> && !has_own_inspect<T>())
struct stored_number<T> {
  using type = std::underlying_type_t<T>;
};

template <class T>
using stored_number_t = typename stored_number<T>::type;

/// Numbers that a contiguous container stores in one go.
template <class T>
concept bulk_number = wire::plain_number<stored_number_t<T>> && !has_codec<T>;

template <bulk_number T>
void save_numbers(wire::writer& out, const T* values, size_t count) {
  out.array<stored_number_t<T>>(values, count);
}

/// Reads an array of numbers into `value`, sized by `resize`.
template <bulk_number T, class Container>
bool load_numbers(wire::reader& in, Container& value) {
  size_t count = 0;
  if (!in.array_size<stored_number_t<T>>(count))
    return false;
  value.resize(count);
  in.array_items<stored_number_t<T>>(value.data(), count);
  return true;
}

/// Appends the items from `first` to `last` and closes what holds them.
template <class Iterator>
bool save_items(wire::writer& out, Iterator first, Iterator last) {
  for (; first != last; ++first)
    if (!save_item(out, *first))
      return false;
  out.leave();
  return true;
}

template <class C, class Traits, class Alloc>
struct standard<std::basic_string<C, Traits, Alloc>> {
  using value_type = std::basic_string<C, Traits, Alloc>;

  static constexpr bool supported = true;

  static bool save(wire::writer& out, const value_type& value) {
    save_numbers(out, value.data(), value.size());
    return true;
  }

  static bool load(wire::reader& in, value_type& value) {
    return load_numbers<C>(in, value);
  }
};

template <class T, class Alloc>
struct standard<std::vector<T, Alloc>> {
  using value_type = std::vector<T, Alloc>;

  static constexpr bool supported = is_encodable<T>();

  static bool save(wire::writer& out, const value_type& value) {
    if constexpr (bulk_number<T>) {
      save_numbers(out, value.data(), value.size());
      return true;
    } else {
      return out.enter_sequence(value.size())
             && save_items(out, value.begin(), value.end());
    }
  }

  static bool load(wire::reader& in, value_type& value) {
    value.clear();
    if constexpr (bulk_number<T>)
      return load_numbers<T>(in, value);
    else
      return load_sequence(in, value);
  }

private:
  static bool load_sequence(wire::reader& in, value_type& value) {
    size_t count = 0;
    if (!in.enter_sequence(count))
      return false;
    // A small item may stand for a large object: what is reserved must not
    // exceed what is left to read.
    value.reserve(std::min(count, in.remaining() / sizeof(T)));
    for (size_t i = 0; i < count; ++i) {
      if constexpr (std::default_initializable<T> && !has_codec<T>) {
        if (!load_item(in, value.emplace_back()))
          return false;
      } else {
        auto append = [&value](T&& x) { value.push_back(std::move(x)); };
        if (!load_new<T>(in, append))
          return false;
      }
    }
    in.leave();
    return true;
  }
};

/// Arrays of a fixed size, in C's form and in C++'s.
template <class Array, class T, size_t N>
struct fixed_array {
  static constexpr bool supported = is_encodable<T>();

  static bool save(wire::writer& out, const Array& value) {
    if constexpr (bulk_number<T>) {
      save_numbers(out, std::data(value), N);
      return true;
    } else {
      return out.enter_tuple(N)
             && save_items(out, std::begin(value), std::end(value));
    }
  }

  static bool load(wire::reader& in, Array& value) {
    if constexpr (bulk_number<T>) {
      size_t count = 0;
      if (!in.array_size<stored_number_t<T>>(count))
        return false;
      if (count != N)
        return in.fail(errc::type_mismatch, "expected " + std::to_string(N)
                                              + " numbers but found "
                                              + std::to_string(count));
      in.array_items<stored_number_t<T>>(std::data(value), N);
    } else {
      if (!in.enter_tuple(N))
        return false;
      for (auto& item : value)
        if (!load_item(in, item))
          return false;
      in.leave();
    }
    return true;
  }
};

template <class T, size_t N>
struct standard<std::array<T, N>> : fixed_array<std::array<T, N>, T, N> {};

template <class T, size_t N>
struct standard<T[N]> : fixed_array<T[N], T, N> {};

/// Lists and deques.
template <class List, class T>
struct growing_list {
  static constexpr bool supported = is_encodable<T>();

  static bool save(wire::writer& out, const List& value) {
    auto count = static_cast<size_t>(std::distance(value.begin(), value.end()));
    return out.enter_sequence(count)
           && save_items(out, value.begin(), value.end());
  }

  static bool load(wire::reader& in, List& value) {
    value.clear();
    size_t count = 0;
    if (!in.enter_sequence(count))
      return false;
    for (size_t i = 0; i < count; ++i)
      if (!load_new<T>(in, [&value](T&& x) { value.push_back(std::move(x)); }))
        return false;
    in.leave();
    return true;
  }
};

template <class T, class A>
struct standard<std::deque<T, A>> : growing_list<std::deque<T, A>, T> {};

template <class T, class A>
struct standard<std::list<T, A>> : growing_list<std::list<T, A>, T> {};

template <class T, class A>
struct standard<std::forward_list<T, A>>
  : growing_list<std::forward_list<T, A>, T> {
  static bool load(wire::reader& in, std::forward_list<T, A>& value) {
    value.clear();
    size_t count = 0;
    if (!in.enter_sequence(count))
      return false;
    auto last = value.before_begin();
    auto append = [&value, &last](T&& x) {
      last = value.insert_after(last, std::move(x));
    };
    for (size_t i = 0; i < count; ++i)
      if (!load_new<T>(in, append))
        return false;
    in.leave();
    return true;
  }
};

} // namespace actor_cache::detail
