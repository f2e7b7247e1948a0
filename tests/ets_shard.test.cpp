#include "../adapters/ets/shard.hpp"

#include "support/ets_fixture.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <map>
#include <random>

using actor_cache::ets_table::node;
using actor_cache::ets_table::shard_guard;
using actor_cache::ets_table::trash;

namespace {

using shard_type = actor_cache::ets_table::shard<node>;
using hash_function = uint64_t (*)(std::string_view);

constexpr uint64_t top = ~uint64_t{0};

uint64_t good_hash(std::string_view key) {
  return std::hash<std::string_view>{}(key) * 0x9e3779b97f4a7c15u;
}

/// Hash functions from good to hopeless, with what makes each of them hard.
struct hash_kind {
  std::string_view name;
  hash_function fun;
};

const std::vector<hash_kind>& hash_kinds() {
  static const std::vector<hash_kind> result{
    {"good", good_hash},
    {"all the same, lowest", [](std::string_view) { return uint64_t{0}; }},
    {"all the same, highest", [](std::string_view) { return top; }},
    {"three values",
     [](std::string_view key) { return good_hash(key) % 3 * (top / 2); }},
    {"all in the first slot",
     [](std::string_view key) { return good_hash(key) >> 48; }},
    {"all in the last slot",
     [](std::string_view key) { return top - (good_hash(key) >> 48); }},
    {"pairs that collide",
     [](std::string_view key) { return good_hash(key.substr(0, 2)); }},
  };
  return result;
}

/// A shard next to a map that is to hold the same.
class model {
public:
  explicit model(hash_function hash) : shard(hasher(hash)), hash_(hash) {
    // nop
  }

  void write(const std::string& key, int value, time_point deadline = never) {
    auto content = make_entry(value, deadline);
    if (auto* found = shard.find(hash_(key), key))
      shard.assign(hash_(key), *found, content, now);
    else
      shard.insert(hash_(key), node::make(key, content), now);
    expected[{hash_(key), key}] = value;
  }

  void erase(const std::string& key) {
    if (expected.erase({hash_(key), key}) > 0)
      REQUIRE(shard.extract(hash_(key), key)->key() == key);
    else
      REQUIRE(shard.find(hash_(key), key) == nullptr);
  }

  /// Compares all that the shard answers about `key` with the map.
  void check(const std::string& key) {
    std::pair at{hash_(key), key};
    auto there = expected.find(at);
    const auto* found = shard.find(at.first, key);
    REQUIRE((found != nullptr) == (there != expected.end()));
    if (found != nullptr) {
      REQUIRE(found->key() == key);
      REQUIRE(take(found->read().value.as<int>()) == there->second);
    }
    auto next = expected.upper_bound(at);
    check_is(shard.after(at.first, key, now), next);
    auto previous = expected.lower_bound(at);
    check_is(shard.before(at.first, key, now), previous == expected.begin()
                                                 ? expected.end()
                                                 : std::prev(previous));
  }

  /// Compares the whole content, read in pages of `limit`, with the map.
  void check_all(size_t limit) {
    REQUIRE(shard.size() == expected.size());
    size_t bytes = 0;
    auto next = expected.begin();
    uint64_t hash = 0;
    for (std::optional<uint64_t> from = hash; from;)
      from = shard.visit(*from, limit, [&](const node& x) {
        check_is(&x, next++);
        bytes += x.bytes();
      });
    REQUIRE(next == expected.end());
    REQUIRE(shard.bytes() == bytes);
    auto last = expected.rbegin();
    for (std::optional<uint64_t> from = top; from;)
      from = shard.visit_back(*from, limit, [&](const node& x) {
        REQUIRE(x.key() == last->first.second);
        ++last;
      });
    REQUIRE(last == expected.rend());
    check_is(shard.first(now), expected.begin());
    check_is(shard.last(now),
             expected.empty() ? expected.end() : std::prev(expected.end()));
  }

  shard_type shard;
  std::map<std::pair<uint64_t, std::string>, int> expected;
  time_point now = at(0s);

private:
  /// A shard knows functions that take a seed: here that is which function.
  static actor_cache::ets_table::key_hasher hasher(hash_function hash) {
    return {[](std::string_view key, uint64_t seed) {
              return reinterpret_cast<hash_function>(seed)(key);
            },
            reinterpret_cast<uint64_t>(hash)};
  }

  void check_is(const node* found, decltype(expected)::const_iterator wanted) {
    REQUIRE((found != nullptr) == (wanted != expected.cend()));
    if (found != nullptr) {
      REQUIRE(found->key() == wanted->first.second);
      REQUIRE(take(found->read().value.as<int>()) == wanted->second);
    }
  }

  hash_function hash_;
};

} // namespace

TEST_CASE("a shard answers like a map through random writes and removals",
          "[ets]") {
  const auto& kind
    = hash_kinds()[GENERATE(range(size_t{0}, hash_kinds().size()))];
  auto keys = GENERATE(8, 60, 700, 3000);
  INFO("hash: " << kind.name << ", keys: " << keys);
  std::mt19937 random{static_cast<uint32_t>(keys)};
  auto pick = [&](int n) { return static_cast<int>(random() % n); };
  model both{kind.fun};
  for (int step = 0; step < std::max(4000, 4 * keys); ++step) {
    // Phases in which the shard fills up, and such in which it empties.
    auto growing = step / (2 * keys) % 2 == 0;
    auto key = std::to_string(pick(keys));
    if (pick(10) < (growing ? 8 : 2))
      both.write(key, step);
    else
      both.erase(key);
    if (step % 16 == 0)
      both.check(std::to_string(pick(keys)));
    if (step % 256 == 0)
      both.check_all(1 + static_cast<size_t>(pick(20)));
  }
  both.check_all(5);
}

TEST_CASE("a shard that was emptied gives its memory back", "[ets]") {
  model both{good_hash};
  auto smallest = both.shard.extent();
  for (int i = 0; i < 10000; ++i)
    both.write(std::to_string(i), i);
  REQUIRE(both.shard.extent() > 10000);
  SECTION("by removals one by one") {
    for (int i = 0; i < 10000; ++i)
      both.erase(std::to_string(i));
    CHECK(both.shard.extent() == smallest);
  }
  SECTION("by expiry") {
    trash<node> removed;
    for (int i = 0; i < 10000; ++i)
      both.write(std::to_string(i), i, at(1s));
    while (!both.shard.expire(at(1s), 100, removed)) {
      // nop
    }
    CHECK(removed.nodes.size() == 10000);
    CHECK(both.shard.extent() == smallest);
  }
  SECTION("by draining it") {
    auto removed = both.shard.drain(both.shard.empty_index());
    CHECK(both.shard.extent() == smallest);
  }
}

TEST_CASE("arrays that a shard has outgrown are freed after its lock",
          "[ets]") {
  model both{good_hash};
  auto& shard = both.shard;
  auto outgrown = [&] { return shard.take_outgrown().size(); };
  for (int i = 0; i < 10000; ++i)
    both.write(std::to_string(i), i);
  CHECK(outgrown() > 4);
  CHECK(outgrown() == 0);
  for (int i = 0; i < 10000; ++i)
    both.erase(std::to_string(i));
  CHECK(outgrown() > 4);
  for (int i = 0; i < 10000; ++i)
    both.write(std::to_string(i), i);
  {
    shard_guard guard{shard};
    CHECK_FALSE(shard.mtx.try_lock_shared());
  }
  CHECK(outgrown() == 0);
  REQUIRE(shard.mtx.try_lock_shared());
  shard.mtx.unlock_shared();
  both.check_all(5);
}

TEST_CASE("no call moves more than a part of a large shard", "[ets]") {
  // Two arrays of 2048 slots with some room behind the last ones.
  constexpr size_t most = 2 * (2048 + 128);
  model both{good_hash};
  auto check = [&] { CHECK(both.shard.most_moved() <= most); };
  for (int i = 0; i < 100'000; ++i)
    both.write(std::to_string(i), i, at(1s));
  check();
  both.check_all(1000);
  SECTION("by removals one by one") {
    for (int i = 0; i < 100'000; ++i)
      both.erase(std::to_string(i));
  }
  SECTION("by expiry") {
    trash<node> removed;
    while (!both.shard.expire(at(1s), 100, removed)) {
      // nop
    }
  }
  check();
  CHECK(both.shard.extent() < 64);
}

TEST_CASE("a shard lets go of exactly what is over, however little at a time",
          "[ets]") {
  const auto& kind
    = hash_kinds()[GENERATE(range(size_t{0}, hash_kinds().size()))];
  auto limit = GENERATE(size_t{1}, size_t{7}, size_t{10000});
  INFO("hash: " << kind.name << ", limit: " << limit);
  model both{kind.fun};
  for (int i = 0; i < 500; ++i)
    both.write(std::to_string(i), i, i % 3 == 0 ? at(5s) : never);
  trash<node> removed;
  auto through = false;
  for (int rounds = 0; !through; ++rounds) {
    REQUIRE(rounds < 5000); // each one gets further
    through = both.shard.expire(at(5s), limit, removed);
  }
  CHECK(removed.nodes.size() == 167);
  std::erase_if(both.expected, [](const auto& x) { return x.second % 3 == 0; });
  both.check_all(10);
}

TEST_CASE("a scan sees what stays once, though the shard changes between pages",
          "[ets]") {
  const auto& kind
    = hash_kinds()[GENERATE(range(size_t{0}, hash_kinds().size()))];
  INFO("hash: " << kind.name);
  std::mt19937 random{7};
  model both{kind.fun};
  for (int i = 0; i < 200; ++i)
    both.write("stays" + std::to_string(i), i);
  std::map<std::string, int> seen;
  std::optional<uint64_t> from = 0;
  for (int page = 0; from; ++page) {
    from = both.shard.visit(*from, 10, [&](const node& x) {
      ++seen[std::string{x.key()}];
    });
    // Grow to many times the size, then shrink again.
    for (int i = 0; i < 100; ++i) {
      auto key = "other" + std::to_string(random() % 1500);
      if (page % 40 < 20)
        both.write(key, i);
      else
        both.erase(key);
    }
  }
  for (int i = 0; i < 200; ++i)
    REQUIRE(seen["stays" + std::to_string(i)] == 1);
}

TEST_CASE("neighbours skip what is over", "[ets]") {
  model both{[](std::string_view key) { return good_hash(key) % 4; }};
  for (int i = 0; i < 40; ++i)
    both.write(std::to_string(i), i, i % 2 == 0 ? at(1s) : never);
  std::erase_if(both.expected, [](const auto& x) { return x.second % 2 == 0; });
  both.now = at(1s);
  size_t count = 0;
  for (const auto* x = both.shard.first(both.now); x != nullptr; ++count) {
    REQUIRE(take(x->read().value.as<int>()) % 2 == 1);
    x = both.shard.after(good_hash(x->key()) % 4, x->key(), both.now);
  }
  CHECK(count == 20);
  count = 0;
  for (const auto* x = both.shard.last(both.now); x != nullptr; ++count)
    x = both.shard.before(good_hash(x->key()) % 4, x->key(), both.now);
  CHECK(count == 20);
}
