#include "support/encoding_fixture.hpp"
#include "support/random_values.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace {

using actor_cache::decode;
using actor_cache::encode;

using nested = std::map<std::string, std::vector<std::optional<int>>>;
using either = std::variant<std::monostate, int, std::string, samples::point>;
using mixed = std::tuple<bool, char, std::pair<int, std::string>>;
using instant = std::chrono::system_clock::time_point;

} // namespace

TEMPLATE_TEST_CASE(
  "a random value of any type comes back as it was", "[encoding]", bool, char,
  int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t,
  wchar_t, char16_t, float, double, long double, samples::color, samples::level,
  std::string, std::u16string, std::u32string, std::vector<int>,
  std::vector<bool>, std::vector<std::byte>, std::vector<samples::color>,
  std::vector<samples::level>, std::vector<double>, (std::array<float, 5>),
  (std::array<std::string, 3>), std::deque<int>, std::list<std::string>,
  std::forward_list<int>, std::bitset<70>, std::complex<double>,
  std::set<int64_t>, std::multiset<std::string>, (std::map<int, std::string>),
  (std::multimap<std::string, int>), (std::unordered_map<std::string, double>),
  std::unordered_set<uint32_t>, std::optional<std::optional<int>>, either,
  mixed, nested, std::chrono::milliseconds, std::chrono::duration<double>,
  instant, samples::point, samples::polygon, samples::celsius, samples::user,
  samples::account_id, samples::account, samples::team, samples::tree,
  samples::nothing, std::vector<samples::account_id>,
  (std::map<samples::account_id, samples::nothing>),
  std::optional<samples::account_id>, std::vector<samples::nothing>) {
  constexpr auto seed = uint32_t{20260117};
  CAPTURE(seed);
  auto random = random_values{seed};
  for (auto round = 0; round < 200; ++round) {
    CAPTURE(round);
    auto value = random.make<TestType>();
    auto bytes = encoded(value);
    REQUIRE(decoded<TestType>(bytes) == value);
    // The size limit is not in the way, and compression changes nothing.
    auto compressed = encoded(value, {.level = 1, .threshold = 0});
    REQUIRE(decoded<TestType>(compressed) == value);
    REQUIRE(compressed.size() <= bytes.size());
  }
}

TEST_CASE("every float keeps its bits", "[encoding]") {
  auto quiet = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(decoded<double>(encoded(quiet))));
  CHECK(std::signbit(decoded<double>(encoded(-0.0))));
  CHECK(std::signbit(decoded<long double>(encoded(-0.0L))));
  CHECK(std::isnan(decoded<long double>(encoded(std::nanl("")))));
}

TEST_CASE("a stored empty optional is a value", "[encoding]") {
  auto value = decode<std::optional<int>>(encoded(std::optional<int>{}));
  REQUIRE(value);
  CHECK_FALSE(value->has_value());
}

TEST_CASE("a million numbers are stored in bulk", "[encoding]") {
  auto numbers = std::vector<uint64_t>(1000000, 0x0102030405060708);
  auto bytes = encoded(numbers);
  CHECK(bytes.size() < 8000000 + 32);
  CHECK(decoded<std::vector<uint64_t>>(bytes) == numbers);
}

TEST_CASE("an enumeration's own check is heeded", "[encoding]") {
  auto out = actor_cache::wire::writer{};
  out.number(uint8_t{3});
  auto bytes = framed<samples::level>(std::move(out).take());
  CHECK(refusal<samples::level>(bytes) == actor_cache::errc::corrupt_value);
}

TEST_CASE("a codec's own error comes through with its message", "[encoding]") {
  auto out = actor_cache::wire::writer{};
  out.number(int32_t{3});
  auto bytes = framed<int64_t>(std::move(out).take());
  auto value = decode<int64_t>(bytes);
  REQUIRE_FALSE(value);
  CHECK(actor_cache::message_of(value.error())
        == "cannot decode a value of type i64: expected i64 but found i32");
}

namespace {

struct throws_on_save {
  template <class Archive>
  void serialize(Archive&) {
    throw 42;
  }
};

struct throws_on_load {
  template <class Archive>
  void serialize(Archive&) {
    if constexpr (Archive::is_loading::value)
      throw std::runtime_error("not today");
  }
};

} // namespace

TEST_CASE("an exception of the user's becomes an error", "[encoding]") {
  auto bytes = encode(throws_on_save{});
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error() == actor_cache::errc::encoding_failed);
  auto value = decode<throws_on_load>(encoded(throws_on_load{}));
  REQUIRE_FALSE(value);
  CHECK(value.error() == actor_cache::errc::corrupt_value);
  CHECK(actor_cache::message_of(value.error()).find("not today")
        != std::string::npos);
}
