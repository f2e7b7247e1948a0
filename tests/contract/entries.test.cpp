#include "support/subjects.hpp"
#include "support/values.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <cmath>
#include <limits>

using namespace actor_cache;
using namespace actor_cache::test;

// The part of the adapter contract that concerns one entry at a time.

TEST_CASE("a cache returns what was put and misses what was not",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto users = w.open<user>();
  CHECK(must(users.get("ada")) == std::nullopt);
  must(users.put("ada", {"Ada", 36}));
  CHECK(must(users.get("ada")) == user{"Ada", 36});
  must(users.put("ada", {"Ada", 37}));
  CHECK(must(users.get("ada")) == user{"Ada", 37});
  CHECK(must(users.get("bob")) == std::nullopt);
  must(users.erase("ada"));
  CHECK(must(users.get("ada")) == std::nullopt);
  must(users.erase("ada"));
}

TEST_CASE("a key is any sequence of bytes", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  const std::vector<std::string> keys{"",
                                      std::string(1, '\0'),
                                      std::string(2, '\0'),
                                      "a",
                                      "a:b",
                                      "\xff\xfe",
                                      std::string(15, 'k'),
                                      std::string(16, 'k'),
                                      std::string(17, 'k'),
                                      std::string(100'000, 'k')};
  for (size_t index = 0; index < keys.size(); ++index)
    must(xs.put(keys[index], static_cast<int>(index)));
  for (size_t index = 0; index < keys.size(); ++index)
    CHECK(must(xs.get(keys[index])) == static_cast<int>(index));
  CHECK(must(xs.size()) == keys.size());
}

TEST_CASE("a stored empty value is a value, not a miss", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<std::optional<int>>();
  must(xs.put("none", std::nullopt));
  auto found = must(xs.get("none"));
  REQUIRE(found.has_value());
  CHECK_FALSE(found->has_value());
  CHECK(must(xs.contains("none")));
  auto loads = 0;
  auto load = [&]() -> std::optional<int> { return ++loads; };
  CHECK_FALSE(must(xs.get_or_create("none", load)).has_value());
  CHECK(loads == 0);
}

TEST_CASE("an entry is a miss from its deadline on", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("short", 1, 10ms));
  must(xs.put("long", 2, 1h));
  must(xs.put("endless", 3));
  w.clock()->advance(9ms);
  CHECK(must(xs.get("short")) == 1);
  CHECK(must(xs.ttl_of("short")) == ttl{1ms});
  w.clock()->advance(1ms);
  CHECK(must(xs.get("short")) == std::nullopt);
  CHECK_FALSE(must(xs.contains("short")));
  CHECK(must(xs.ttl_of("short")) == std::nullopt);
  CHECK(must(xs.get_versioned("short")).has_value() == false);
  CHECK(must(xs.take("short")) == std::nullopt);
  CHECK_FALSE(must(xs.replace("short", 5)));
  CHECK_FALSE(must(xs.touch("short", 1h)));
  CHECK(must(xs.get("long")) == 2);
  CHECK(must(xs.ttl_of("long")) == ttl{1h - 10ms});
  CHECK(must(xs.ttl_of("endless")) == ttl{infinite});
  must(xs.put("short", 4, 5ms));
  CHECK(must(xs.get("short")) == 4);
}

TEST_CASE("entries live as long as the cache says where the call does not",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which, {.default_ttl = 1s}};
  auto xs = w.open<int>();
  must(xs.put("default", 1));
  must(xs.put("own", 2, 2s));
  must(xs.put("endless", 3, infinite));
  w.clock()->advance(1s);
  CHECK(must(xs.get("default")) == std::nullopt);
  CHECK(must(xs.get("own")) == 2);
  w.clock()->advance(24h * 365);
  CHECK(must(xs.get("own")) == std::nullopt);
  CHECK(must(xs.get("endless")) == 3);
}

TEST_CASE("touch and persist change the deadline and nothing else",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("key", 1, 10ms));
  CHECK(must(xs.touch("key", 20ms)));
  w.clock()->advance(19ms);
  CHECK(must(xs.get("key")) == 1);
  CHECK(must(xs.persist("key")));
  w.clock()->advance(24h);
  CHECK(must(xs.get("key")) == 1);
  CHECK(must(xs.ttl_of("key")) == ttl{infinite});
  CHECK_FALSE(must(xs.touch("absent", 1s)));
  CHECK_FALSE(must(xs.persist("absent")));
  CHECK(must(xs.size()) == 1);
}

TEST_CASE("a lifetime of zero or less is refused and changes nothing",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("key", 1));
  auto seen = must(xs.get_versioned("key"))->version;
  static constexpr ttl no_number{std::chrono::duration<double>{NAN}};
  auto bad = GENERATE(ttl{0s}, ttl{-1ms}, ttl{-24h * 100'000}, no_number);
  CHECK(code_of(xs.put("key", 2, bad)) == errc::invalid_argument);
  CHECK(text_of(xs.put("key", 2, bad)).find("above 0") != std::string::npos);
  CHECK(code_of(xs.put_new("new", 2, bad)) == errc::invalid_argument);
  CHECK(code_of(xs.replace("key", 2, bad)) == errc::invalid_argument);
  CHECK(code_of(xs.put_if("key", 2, seen, bad)) == errc::invalid_argument);
  CHECK(code_of(xs.touch("key", bad)) == errc::invalid_argument);
  CHECK(code_of(xs.put_many({{"key", 2}}, bad)) == errc::invalid_argument);
  for (auto key : {"key", "new"})
    CHECK(code_of(xs.get_or_create(
            key, [] { return 2; }, bad))
          == errc::invalid_argument);
  auto calls = 0;
  auto drop = [&](std::optional<int>) {
    ++calls;
    return std::optional<int>{};
  };
  CHECK(code_of(xs.update("key", drop, bad)) == errc::invalid_argument);
  CHECK(calls == 0);
  CHECK(must(xs.get("key")) == 1);
  CHECK(must(xs.size()) == 1);
}

TEST_CASE("put_new, replace and take see whether there is an entry",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<std::string>();
  CHECK_FALSE(must(xs.replace("key", "a")));
  CHECK(must(xs.get("key")) == std::nullopt);
  CHECK(must(xs.put_new("key", "b")));
  CHECK_FALSE(must(xs.put_new("key", "c")));
  CHECK(must(xs.get("key")) == "b");
  CHECK(must(xs.replace("key", "d", 1s)));
  CHECK(must(xs.ttl_of("key")) == ttl{1s});
  CHECK(must(xs.take("key")) == "d");
  CHECK(must(xs.take("key")) == std::nullopt);
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("a version token writes back only while the entry is unchanged",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  CHECK(code_of(xs.put_if("key", 1, 77)) == errc::version_conflict);
  auto first = must(xs.put_if("key", 1, 0));
  CHECK(first != 0);
  CHECK(code_of(xs.put_if("key", 2, 0)) == errc::version_conflict);
  auto read = must(xs.get_versioned("key"));
  REQUIRE(read.has_value());
  CHECK(read->value == 1);
  CHECK(read->version == first);
  auto second = must(xs.put_if("key", 2, first, 1s));
  CHECK(second != first);
  CHECK(code_of(xs.put_if("key", 3, first)) == errc::version_conflict);
  CHECK(code_of(xs.erase_if("key", first)) == errc::version_conflict);
  CHECK(must(xs.get("key")) == 2);
  CHECK(must(xs.ttl_of("key")) == ttl{1s});
  must(xs.erase("key"));
  must(xs.put("key", 2));
  // The same value again is another entry.
  CHECK(code_of(xs.put_if("key", 3, second)) == errc::version_conflict);
  must(xs.erase_if("key", must(xs.get_versioned("key"))->version));
  CHECK(must(xs.get("key")) == std::nullopt);
  CHECK(code_of(xs.erase_if("key", second)) == errc::version_conflict);
}

TEST_CASE("a deadline is counted from the call on, however it is made",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which, {.default_ttl = 10s}};
  auto xs = w.open<int>();
  auto expect = [&](const std::string& key, timespan left) {
    CHECK(must(xs.ttl_of(key)) == ttl{left});
    CHECK(must(xs.get_versioned(key))->remaining == ttl{left});
  };
  auto seen = must(xs.put_if("key", 1, 0));
  expect("key", 10s);
  w.clock()->advance(3s);
  expect("key", 7s);
  seen = must(xs.put_if("key", 2, seen, 5s));
  expect("key", 5s);
  w.clock()->advance(2s);
  seen = must(xs.rewrite("key", 3, seen));
  expect("key", 3s);
  seen = must(xs.put_if("key", 4, seen));
  expect("key", 10s);
  w.clock()->advance(1s);
  must(xs.increment("key"));
  expect("key", 9s);
  CHECK(must(xs.replace("key", 5, 4s)));
  expect("key", 4s);
  w.clock()->advance(1s);
  must(xs.update("key", [](auto) { return 6; }));
  expect("key", 3s);
  must(xs.update("key", [](auto) { return 7; }, ttl{8s}));
  expect("key", 8s);
  must(xs.get_or_create("loaded", [&] {
    w.clock()->advance(1s);
    return 1;
  }));
  expect("loaded", 10s);
}

TEST_CASE("update replaces, creates and removes", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto add = [](std::optional<int> x) { return x.value_or(0) + 1; };
  CHECK(must(xs.update("key", add)) == 1);
  must(xs.touch("key", 1s));
  CHECK(must(xs.update("key", add)) == 2);
  CHECK(must(xs.ttl_of("key")) == ttl{1s});
  CHECK(must(xs.update("key", add, 2s)) == 3);
  CHECK(must(xs.ttl_of("key")) == ttl{2s});
  auto drop = [](std::optional<int>) { return std::optional<int>{}; };
  CHECK(must(xs.update("key", drop)) == std::nullopt);
  CHECK_FALSE(must(xs.contains("key")));
  CHECK(must(xs.update("key", drop)) == std::nullopt);
  auto fail = [](std::optional<int>) -> int {
    throw std::runtime_error("no idea");
  };
  CHECK(code_of(xs.update("key", fail)) == errc::exception);
  CHECK(text_of(xs.update("key", fail)).find("no idea") != std::string::npos);
}

TEST_CASE("increment and decrement count as one step", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int64_t>();
  CHECK(must(xs.increment("n")) == 1);
  CHECK(must(xs.increment("n", 41)) == 42);
  must(xs.touch("n", 1s));
  CHECK(must(xs.decrement("n", 2)) == 40);
  CHECK(must(xs.ttl_of("n")) == ttl{1s});
  CHECK(must(xs.decrement("m")) == -1);
  must(xs.put("max", std::numeric_limits<int64_t>::max()));
  CHECK(code_of(xs.increment("max")) == errc::invalid_argument);
  CHECK(must(xs.get("max")) == std::numeric_limits<int64_t>::max());
  auto halves = w.open<double>();
  CHECK(must(halves.increment("half", 0.5)) == 0.5);
  CHECK(must(halves.increment("half", 0.25)) == 0.75);
  auto words = w.open<std::string>();
  must(words.put("word", "abc"));
  CHECK(code_of(xs.increment("word")) == errc::type_mismatch);
  CHECK(must(words.get("word")) == "abc");
  auto bytes = w.open<uint8_t>();
  CHECK(must(bytes.increment("byte", 200)) == 200);
  CHECK(code_of(bytes.increment("byte", 56)) == errc::invalid_argument);
  CHECK(code_of(bytes.decrement("byte", 201)) == errc::invalid_argument);
}

TEST_CASE("a value of another type is reported and left alone", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto users = w.open<user>();
  auto numbers = w.open<int>();
  must(users.put("ada", {"Ada", 36}));
  must(numbers.put("one", 1));
  auto wrong = numbers.get("ada");
  CHECK(code_of(wrong) == errc::type_mismatch);
  CHECK(text_of(wrong).find(type_name<int>()) != std::string::npos);
  if (which.live)
    CHECK(text_of(wrong).find(type_name<user>()) != std::string::npos);
  CHECK(code_of(numbers.get_view("ada")) == errc::type_mismatch);
  CHECK(code_of(numbers.get_or_create("ada", [] { return 1; }))
        == errc::type_mismatch);
  CHECK(code_of(numbers.get_many({"one", "ada"})) == errc::type_mismatch);
  CHECK(must(users.get("ada")) == user{"Ada", 36});
  CHECK(must(numbers.get("one")) == 1);
}

TEST_CASE("a view is the stored object and outlives its entry", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto users = w.open<user>();
  must(users.put("ada", {"Ada", 36}));
  auto seen = must(users.get_view("ada"));
  REQUIRE(seen.has_value());
  must(users.put("ada", {"Ada", 37}));
  must(users.clear());
  CHECK(**seen == user{"Ada", 36});
  CHECK((*seen)->age == 36);
  CHECK_FALSE(must(users.get_view("ada")).has_value());
}

TEST_CASE("values without a copy constructor are cloned on the way out",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto boxes = w.open<boxed>();
  must(boxes.put("box", boxed{std::make_unique<std::string>("inside")}));
  auto first = must(boxes.get("box"));
  auto second = must(boxes.get("box"));
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(*first->content == "inside");
  CHECK(*second->content == "inside");
  CHECK(first->content != second->content);
}
