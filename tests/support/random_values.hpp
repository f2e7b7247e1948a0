#pragma once

#include "encoding_types.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

/// Makes random values, the same ones for the same seed. Borders and empty
/// values come up often.
class random_values {
public:
  explicit random_values(uint32_t seed) : engine_(seed) {
  }

  template <class T>
  T make() {
    return maker<T>::make(*this);
  }

  /// Returns a number below `limit`.
  size_t below(size_t limit) {
    return std::uniform_int_distribution<size_t>{0, limit - 1}(engine_);
  }

  uint64_t bits() {
    return std::uniform_int_distribution<uint64_t>{}(engine_);
  }

private:
  template <class T>
  struct maker;

  template <class Container>
  static Container fill(random_values& random) {
    auto result = Container{};
    for (auto count = random.below(6); count > 0; --count)
      result.insert(result.end(),
                    random.make<typename Container::value_type>());
    return result;
  }

  std::mt19937_64 engine_;
};

template <class T>
struct random_values::maker {
  // Containers, whatever their kind.
  static T make(random_values& random) {
    return fill<T>(random);
  }
};

template <>
struct random_values::maker<bool> {
  static bool make(random_values& random) {
    return random.below(2) == 1;
  }
};

template <>
struct random_values::maker<std::monostate> {
  static std::monostate make(random_values&) {
    return {};
  }
};

template <>
struct random_values::maker<std::byte> {
  static std::byte make(random_values& random) {
    return static_cast<std::byte>(random.below(256));
  }
};

template <std::integral T>
struct random_values::maker<T> {
  static T make(random_values& random) {
    switch (random.below(4)) {
      case 0:
        return std::numeric_limits<T>::min();
      case 1:
        return std::numeric_limits<T>::max();
      case 2:
        return static_cast<T>(random.below(3));
      default:
        return static_cast<T>(random.bits());
    }
  }
};

template <std::floating_point T>
struct random_values::maker<T> {
  static T make(random_values& random) {
    using limits = std::numeric_limits<T>;
    const T special[] = {T(0),          -T(0),
                         limits::max(), limits::lowest(),
                         limits::min(), limits::denorm_min(),
                         T(1) / T(3),   limits::infinity()};
    if (random.below(2) == 0)
      return special[random.below(std::size(special))];
    return std::uniform_real_distribution<T>{-1000, 1000}(random.engine_);
  }
};

template <>
struct random_values::maker<std::string> {
  static std::string make(random_values& random) {
    auto result = std::string(random.below(20), '\0');
    for (auto& c : result)
      c = static_cast<char>(random.bits());
    return result;
  }
};

template <class T>
struct random_values::maker<std::optional<T>> {
  static std::optional<T> make(random_values& random) {
    if (random.below(3) == 0)
      return std::nullopt;
    return random.make<T>();
  }
};

template <class... Ts>
struct random_values::maker<std::variant<Ts...>> {
  static std::variant<Ts...> make(random_values& random) {
    auto choice = random.below(sizeof...(Ts));
    auto result = std::variant<Ts...>{};
    size_t index = 0;
    ((index++ == choice ? void(result = random.make<Ts>()) : void()), ...);
    return result;
  }
};

template <class... Ts>
struct random_values::maker<std::tuple<Ts...>> {
  static std::tuple<Ts...> make(random_values& random) {
    return {random.make<std::remove_const_t<Ts>>()...};
  }
};

template <class A, class B>
struct random_values::maker<std::pair<A, B>> {
  static std::pair<A, B> make(random_values& random) {
    return {random.make<std::remove_const_t<A>>(), random.make<B>()};
  }
};

template <class T, size_t N>
struct random_values::maker<std::array<T, N>> {
  static std::array<T, N> make(random_values& random) {
    auto result = std::array<T, N>{};
    std::generate(result.begin(), result.end(),
                  [&random] { return random.make<T>(); });
    return result;
  }
};

template <class T>
struct random_values::maker<std::forward_list<T>> {
  static std::forward_list<T> make(random_values& random) {
    auto items = random.make<std::vector<T>>();
    return {items.begin(), items.end()};
  }
};

template <size_t N>
struct random_values::maker<std::bitset<N>> {
  static std::bitset<N> make(random_values& random) {
    auto result = std::bitset<N>{};
    for (size_t i = 0; i < N; ++i)
      result[i] = random.make<bool>();
    return result;
  }
};

template <class T>
struct random_values::maker<std::complex<T>> {
  static std::complex<T> make(random_values& random) {
    return {random.make<T>(), random.make<T>()};
  }
};

template <class Rep, class Period>
struct random_values::maker<std::chrono::duration<Rep, Period>> {
  static std::chrono::duration<Rep, Period> make(random_values& random) {
    return std::chrono::duration<Rep, Period>{random.make<Rep>()};
  }
};

template <class Clock, class Duration>
struct random_values::maker<std::chrono::time_point<Clock, Duration>> {
  static std::chrono::time_point<Clock, Duration> make(random_values& random) {
    return std::chrono::time_point<Clock, Duration>{random.make<Duration>()};
  }
};

template <>
struct random_values::maker<samples::color> {
  static samples::color make(random_values& random) {
    return static_cast<samples::color>(random.below(3));
  }
};

template <>
struct random_values::maker<samples::level> {
  static samples::level make(random_values& random) {
    return random.make<bool>() ? samples::level::low : samples::level::high;
  }
};

template <>
struct random_values::maker<samples::point> {
  static samples::point make(random_values& random) {
    return {random.make<int32_t>(), random.make<double>()};
  }
};

template <>
struct random_values::maker<samples::polygon> {
  static samples::polygon make(random_values& random) {
    auto result = samples::polygon{};
    result.title = random.make<std::string>();
    result.corners = random.make<std::vector<samples::point>>();
    result.tags = random.make<std::map<std::string, std::vector<int>>>();
    result.fill.first = random.make<samples::color>();
    result.fill.second = random.make<std::optional<samples::point>>();
    return result;
  }
};

template <>
struct random_values::maker<samples::celsius> {
  static samples::celsius make(random_values& random) {
    return {random.make<double>()};
  }
};

template <>
struct random_values::maker<samples::user> {
  static samples::user make(random_values& random) {
    auto result = samples::user{};
    result.name = random.make<std::string>();
    result.age = random.make<uint16_t>();
    result.mail = random.make<std::optional<std::string>>();
    result.groups = random.make<std::vector<std::string>>();
    result.scores = random.make<std::map<std::string, std::vector<int64_t>>>();
    result.rank = random.make<samples::level>();
    result.retries = random.make<bool>() ? 3 : random.make<int>();
    return result;
  }
};

template <>
struct random_values::maker<samples::account_id> {
  static samples::account_id make(random_values& random) {
    return samples::account_id{random.bits()};
  }
};

template <>
struct random_values::maker<samples::account> {
  static samples::account make(random_values& random) {
    auto result = samples::account{};
    result.owner = random.make<samples::user>();
    result.ids = random.make<std::vector<samples::account_id>>();
    if (random.make<bool>())
      result.home
        = std::make_shared<samples::point>(random.make<samples::point>());
    return result;
  }
};

template <>
struct random_values::maker<samples::team> {
  static samples::team make(random_values& random) {
    auto result = samples::team{};
    result.places = random.make<std::vector<samples::point>>();
    if (random.make<bool>())
      result.leader
        = std::make_unique<samples::user>(random.make<samples::user>());
    result.ids = random.make<std::vector<samples::account_id>>();
    return result;
  }
};

template <>
struct random_values::maker<samples::tree> {
  static samples::tree make(random_values& random) {
    auto result = samples::tree{random.make<std::string>(), {}};
    if (random.below(3) == 0)
      result.branches = random.make<std::vector<samples::tree>>();
    return result;
  }
};

template <>
struct random_values::maker<samples::nothing> {
  static samples::nothing make(random_values&) {
    return {};
  }
};
