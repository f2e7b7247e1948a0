#pragma once

#include "actor_cache/ets.hpp"

#include "world.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace actor_cache::test {

struct visitor {
  std::string role;
  int visits = 0;
  double score = 0;

  friend bool operator==(const visitor&, const visitor&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(role, visits, score);
  }
};

/// What the calls run over.
struct store_kind {
  std::string_view name;
  ets_options options;
  bool by_mail = false;
};

inline const std::vector<store_kind>& kinds() {
  static const std::vector<store_kind> result{
    {"set", {}},
    {"compressed set", {.compressed = true}},
    {"set by mail", {}, true},
    {"bag", {.type = ets_type::bag}},
    {"duplicate_bag", {.type = ets_type::duplicate_bag}},
    {"compressed bag", {.type = ets_type::bag, .compressed = true}},
    {"bag by mail", {.type = ets_type::bag}, true},
    {"duplicate_bag by mail", {.type = ets_type::duplicate_bag}, true},
  };
  return result;
}

/// A cache of one kind with a handle to it.
template <class V>
class ets_world : public world {
public:
  explicit ets_world(const store_kind& kind) {
    cache_spec spec;
    spec.name = "table";
    spec.adapter = kind.options;
    start({timed(spec)});
    xs = open(kind);
  }

  cache<V, ets> open(const store_kind& kind) {
    auto found = must(cache<V, ets>::find(system(), "table"));
    if (!kind.by_mail)
      return found;
    return cache<V, ets>::over_mail(system(), "table", must(found.actor()));
  }

  cache<V, ets>& operator*() {
    return *xs;
  }

  cache<V, ets>* operator->() {
    return &*xs;
  }

private:
  std::optional<cache<V, ets>> xs;
};

template <class V>
ets_world<V> open(size_t first, size_t count) {
  const auto& kind = kinds()[first + GENERATE_COPY(range(size_t{0}, count))];
  UNSCOPED_INFO(kind.name);
  return ets_world<V>{kind};
}

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::sort(xs.begin(), xs.end());
  return xs;
}

using ints = std::vector<int>;
using int_objects = std::vector<std::pair<std::string, int>>;

} // namespace actor_cache::test
