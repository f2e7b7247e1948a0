#include "support/subjects.hpp"
#include "support/values.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <atomic>
#include <source_location>

using namespace actor_cache;
using namespace actor_cache::test;

// The part of the adapter contract that concerns start, crash, stop and many
// callers at once.

TEST_CASE("entries and handles outlive a crash of the cache's actor",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto before = w.find<user>("subject"); // one by mail ends with its actor
  must(w.open<user>().put("ada", {"Ada", 36}));
  w.crash("subject");
  CHECK(must(w.open<user>().get("ada")) == user{"Ada", 36});
  CHECK(must(before.get("ada")) == user{"Ada", 36});
  must(before.put("bob", {"Bob", 7}));
  CHECK(must(w.open<user>().get("bob")) == user{"Bob", 7});
}

TEST_CASE("a cache that asks for it begins empty after a crash", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which, {.clean_restart = true}};
  must(w.open<int>().put("a", 1));
  w.crash("subject");
  auto xs = w.open<int>();
  CHECK(must(xs.get("a")) == std::nullopt);
  must(xs.put("a", 2));
  CHECK(must(xs.get("a")) == 2);
}

TEST_CASE("each call to a stopped cache says so", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("a", 1));
  w.stop();
  auto says_so = [](const auto& answer,
                    std::source_location at = std::source_location::current()) {
    CAPTURE(at.line());
    CHECK(code_of(answer) == errc::cache_not_running);
    CHECK(text_of(answer).find("cache 'subject'") != std::string::npos);
  };
  says_so(xs.get("a"));
  says_so(xs.get_view("a"));
  says_so(xs.get_versioned("a"));
  says_so(xs.put("a", 1));
  says_so(xs.put_new("a", 1));
  says_so(xs.replace("a", 1));
  says_so(xs.put_if("a", 1, 1));
  says_so(xs.erase("a"));
  says_so(xs.erase_if("a", 1));
  says_so(xs.take("a"));
  says_so(xs.touch("a", 1s));
  says_so(xs.persist("a"));
  says_so(xs.increment("a"));
  says_so(xs.decrement("a"));
  says_so(xs.contains("a"));
  says_so(xs.ttl_of("a"));
  says_so(xs.get_many({"a"}));
  says_so(xs.put_many({{"a", 1}}));
  says_so(xs.erase_many({"a"}));
  says_so(xs.size());
  says_so(xs.clear());
  says_so(xs.scan());
  says_so(xs.stats());
  says_so(xs.get_or_create("a", [] { return 1; }));
  says_so(xs.update("a", [](auto) { return 1; }));
  says_so(xs.for_each([](const std::string&, int) {}));
  CHECK(code_of(cache<int>::find(w.system(), "subject"))
        == errc::unknown_cache);
}

TEST_CASE("no update is lost among many threads", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  constexpr int rounds = 200;
  on_threads(4, [&](size_t) {
    for (int round = 0; round < rounds; ++round) {
      must(xs.update("updated",
                     [](std::optional<int> x) { return x.value_or(0) + 1; }));
      must(xs.increment("counted", 2));
    }
  });
  CHECK(must(xs.get("updated")) == 4 * rounds);
  CHECK(must(xs.get("counted")) == 8 * rounds);
}

TEST_CASE("one of many threads wins a conditional write", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  for (int round = 0; round < 50; ++round) {
    auto key = std::to_string(round);
    std::atomic<int> created{0};
    std::atomic<int> taken{0};
    on_threads(4, [&](size_t index) {
      created += must(xs.put_new(key, static_cast<int>(index))) ? 1 : 0;
      taken += must(xs.take(key)) ? 1 : 0;
    });
    // Between a take and the next put_new the key may be new again, but each
    // entry that was created is taken once.
    CHECK(created == taken);
    CHECK(created >= 1);
  }
}

TEST_CASE("callers on many threads see whole values", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<user>();
  on_threads(4, [&](size_t index) {
    for (int round = 0; round < 300; ++round) {
      auto age = round % 7;
      auto key = std::to_string((round + index) % 5);
      must(xs.put(key, {std::string(age * 10, 'x'), age}));
      if (auto found = must(xs.get(key)))
        if (found->name.size() != static_cast<size_t>(found->age) * 10)
          fail("torn value");
      if (round % 50 == 0)
        must(xs.clear());
    }
  });
}
