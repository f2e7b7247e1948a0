#include "actor_cache/adapters/persistent_term.hpp"
#include "actor_cache/testing/sandbox.hpp"

#include "../adapters/encoding/term_parts.hpp"
#include "../adapters/persistent_term/spread_term.hpp"

#include "support/values.hpp"
#include "support/world.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// A cache with the adapter `persistent_term`.
struct settings_world : world {
  explicit settings_world(cache_spec spec = {}) {
    spec.name = "settings";
    spec.adapter = persistent_term_options{};
    start({std::move(spec)});
  }

  template <class V>
  cache<V> open() {
    return find<V>("settings");
  }
};

std::atomic<int> alive{0};

/// Knows how many of its kind there are.
struct witness {
  int id = 0;

  witness() {
    ++alive;
  }

  explicit witness(int x) : id(x) {
    ++alive;
  }

  witness(const witness& other) : id(other.id) {
    ++alive;
  }

  ~witness() {
    --alive;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id);
  }
};

} // namespace

TEST_CASE("a spread term has one object for all threads", "[persistent_term]") {
  using namespace persistent_term_store;
  alive = 0;
  {
    auto shared = spread(term::of(witness{7}));
    CHECK(alive == 1);
    std::vector<term> copies(8);
    on_threads(8, [&](size_t index) {
      for (int round = 0; round < 1000; ++round)
        copies[index] = local_copy(shared);
    });
    const auto* object = must(shared.view<witness>()).get();
    for (auto& x : copies) {
      CHECK(x.holds<witness>());
      CHECK(must(x.view<witness>()).get() == object);
      CHECK(must(x.as<witness>()).id == 7);
      CHECK(x.type_name() == type_name<witness>());
      CHECK(must(x.bytes()) == must(term::of(witness{7}).bytes()));
    }
    // What was read and is written back does not pile up.
    auto again = spread(copies[3]);
    CHECK(must(local_copy(again).view<witness>()).get() == object);
    shared = {};
    copies.resize(1);
    again = {};
    CHECK(alive == 1);
    CHECK(must(copies[0].as<witness>()).id == 7);
  }
  CHECK(alive == 0);
}

TEST_CASE("each thread counts its references to a spread term on its own line",
          "[persistent_term]") {
  using namespace persistent_term_store;
  using detail::term_parts;
  alive = 0;
  {
    auto shared = spread(term::of(witness{7}));
    constexpr size_t count = 4;
    constexpr size_t reads = 100;
    std::vector<std::vector<term>> copies(count);
    on_threads(count, [&](size_t index) {
      for (size_t n = 0; n < reads * (index + 1); ++n)
        copies[index].push_back(local_copy(shared));
    });
    std::set<uintptr_t> lines;
    for (size_t index = 0; index < count; ++index) {
      const auto* box = term_parts::box(copies[index].front());
      lines.insert(reinterpret_cast<uintptr_t>(&box->references) / 64);
      for (const auto& x : copies[index])
        CHECK(term_parts::box(x) == box);
      // Its own copies, and the spread term itself.
      CHECK(box->references == reads * (index + 1) + 1);
    }
    // Nor does a read write where the owners are counted.
    const auto* owner = term_parts::box(shared);
    lines.insert(reinterpret_cast<uintptr_t>(&owner->references) / 64);
    CHECK(lines.size() == count + 1);
    CHECK(owner->references == 1);
    shared = {};
    for (size_t index = 0; index < count; ++index) {
      CHECK(alive == 1);
      copies[index].clear();
    }
    CHECK(alive == 0);
  }
}

TEST_CASE("a value that was replaced goes with the last thread that reads it",
          "[persistent_term]") {
  alive = 0;
  settings_world w;
  auto xs = w.open<witness>();
  must(xs.put("a", witness{1}));
  std::atomic<int> reading{0};
  std::atomic<int> leaving{0};
  std::vector<std::future<int>> readers;
  for (int index = 0; index < 3; ++index)
    readers.push_back(std::async(std::launch::async, [&, index] {
      auto seen = must(xs.get_view("a"));
      ++reading;
      wait_until([&] { return leaving > index; });
      auto id = (*seen)->id;
      seen.reset();
      --reading;
      return id;
    }));
  wait_until([&] { return reading == 3; });
  must(xs.put("a", witness{2}));
  CHECK(must(xs.get("a"))->id == 2);
  for (int left = 3; left > 0; --left) {
    CHECK(alive == 2);
    ++leaving;
    wait_until([&] { return reading < left; });
  }
  CHECK(alive == 1);
  for (auto& x : readers)
    CHECK(x.get() == 1);
  must(xs.erase("a"));
  CHECK(alive == 0);
}

TEST_CASE("readers go on while values are replaced", "[persistent_term]") {
  settings_world w;
  auto xs = w.open<user>();
  must(xs.put("a", {"", 0}));
  on_threads(4, [&](size_t index) {
    for (int round = 0; round < 2000; ++round) {
      if (index == 0) {
        auto age = round % 9;
        must(
          xs.put("a", {std::string(static_cast<size_t>(age) * 10, 'x'), age}));
        continue;
      }
      auto found = must(xs.get_view("a"));
      if ((*found)->name.size() != static_cast<size_t>((*found)->age) * 10)
        fail("torn value");
    }
  });
}

TEST_CASE("a sandbox answers for persistent_term",
          "[persistent_term][sandbox]") {
  settings_world w{{.sandbox = true}};
  testing::sandboxed box{w.system(), {"settings"}};
  auto xs = w.open<user>();
  must(xs.put("ada", {"Ada", 36}));
  CHECK(must(xs.get("ada")) == user{"Ada", 36});
}
