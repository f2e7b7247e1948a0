// Terms: values of any type, as objects and as bytes.

#include "support/encoding_fixture.hpp"

#include "actor_cache/term.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using actor_cache::errc;
using actor_cache::message_of;
using actor_cache::term;

using Catch::Matchers::ContainsSubstring;

/// Returns the same value as a term of bytes.
term as_bytes(const term& x) {
  auto bytes = x.bytes();
  REQUIRE(bytes);
  return term::from_bytes(std::move(*bytes));
}

/// Counts its copies.
struct counted {
  counted() = default;

  counted(const counted& other) : copies(other.copies + 1) {
    // nop
  }

  counted(counted&&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(copies);
  }

  int copies = 0;
};

} // namespace

TEST_CASE("a term of bytes gives what was encoded, of whatever size",
          "[encoding][term]") {
  // Around the size from which on terms share their bytes.
  size_t size = GENERATE(0, 1, 100, 300, 490, 496, 500, 512, 600, 100'000);
  CAPTURE(size);
  auto text = std::string(size, 'x');
  auto bytes = *term::of(text).bytes();
  auto x = term::from_bytes(bytes);
  CHECK(x.encoded());
  CHECK(x.footprint() == bytes.size());
  CHECK(*x.bytes() == bytes);
  CHECK(*x.as<std::string>() == text);
  CHECK(x.holds<std::string>());
  CHECK_FALSE(x.holds<int>());
  auto apart = x.detached();
  CHECK(apart.encoded());
  CHECK(*apart.bytes() == bytes);
  x = {};
  CHECK(*apart.as<std::string>() == text);
  CHECK(*std::move(apart).as<std::string>() == text);
}

TEST_CASE("copies of a term decode once, and what is detached for itself",
          "[encoding][term]") {
  size_t size = GENERATE(100, 100'000);
  auto x = as_bytes(term::of(std::string(size, 'x')));
  auto copy = x;
  auto apart = x.detached();
  auto* object = x.view<std::string>()->get();
  CHECK(copy.view<std::string>()->get() == object);
  CHECK(apart.view<std::string>()->get() != object);
  CHECK(x.detached().view<std::string>()->get() != object);
}

TEST_CASE("a view outlives its term", "[encoding][term]") {
  auto large = std::vector<int>(1000, 7);
  auto x = term::of(large);
  if (GENERATE(false, true))
    x = as_bytes(x);
  auto view = *x.view<std::vector<int>>();
  x = term::of(1);
  CHECK(*view == large);
}

TEST_CASE("a value leaves a term without a copy only if nobody else has it",
          "[encoding][term]") {
  auto x = as_bytes(term::of(counted{}));
  auto alone = GENERATE(true, false);
  auto other = alone ? term{} : x;
  auto value = std::move(x).as<counted>();
  REQUIRE(value);
  CHECK((value->copies == 0) == alone);
}

TEST_CASE("terms are equal by their values, as objects or as bytes",
          "[encoding][term]") {
  auto one = term::of(std::string(1000, 'x'));
  auto same = term::of(std::string(1000, 'x'));
  auto other = term::of(std::string(1000, 'y'));
  CHECK(one.equals(same));
  CHECK(one.equals(as_bytes(same)));
  CHECK(as_bytes(one).equals(same));
  CHECK(as_bytes(one).equals(as_bytes(same)));
  CHECK_FALSE(one.equals(other));
  CHECK_FALSE(as_bytes(one).equals(as_bytes(other)));
  CHECK_FALSE(one.equals(as_bytes(other)));
  CHECK_FALSE(one.equals(term{}));
  CHECK_FALSE(as_bytes(one).equals(term{}));
  CHECK(term{}.equals(term{}));
}

TEST_CASE("a term of another type says which, and which was asked for",
          "[encoding][term]") {
  auto x = term::of(std::string{"text"});
  SECTION("as an object") {
    auto found = x.as<int>();
    REQUIRE(!found);
    CHECK(found.error() == errc::type_mismatch);
    CHECK_THAT(message_of(found.error()),
               ContainsSubstring("string") && ContainsSubstring("i32"));
  }
  SECTION("as bytes") {
    auto found = as_bytes(x).as<int>();
    REQUIRE(!found);
    CHECK(found.error() == errc::type_mismatch);
  }
  SECTION("without a value") {
    auto found = term{}.as<int>();
    REQUIRE(!found);
    CHECK(found.error() == errc::type_mismatch);
    CHECK_THAT(message_of(found.error()), ContainsSubstring("empty"));
  }
}

TEST_CASE("bytes that cannot be trusted show when they are read",
          "[encoding][term]") {
  size_t size = GENERATE(100, 100'000);
  auto bytes = *term::of(std::string(size, 'x')).bytes();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  auto x = term::from_bytes(bytes);
  CHECK(x.as<std::string>().error() == errc::corrupt_value);
  CHECK(x.detached().as<std::string>().error() == errc::corrupt_value);
  CHECK(std::move(x).as<std::string>().error() == errc::corrupt_value);
}

TEST_CASE("types of one encoding read each other's terms", "[encoding][term]") {
  using mine = long;
  using other = long long;
  CHECK(*term::of(mine{-5}).as<other>() == -5);
  CHECK(*as_bytes(term::of(mine{-5})).as<other>() == -5);
}

TEST_CASE("a term in a log tells its type and size, not its content",
          "[encoding][term]") {
  auto x = term::of(std::string{"a secret"});
  CHECK_THAT(to_string(x),
             ContainsSubstring("string") && !ContainsSubstring("secret"));
  CHECK_THAT(to_string(as_bytes(x)),
             ContainsSubstring("bytes") && !ContainsSubstring("secret"));
}
