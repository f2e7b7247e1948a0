#include "support/encoding_fixture.hpp"

#include <random>

namespace {

using actor_cache::compression_options;

bool is_compressed(const std::string& bytes) {
  return (bytes[1] & 1) != 0;
}

/// Text that snappy cannot shrink.
std::string noise(size_t size) {
  auto engine = std::mt19937_64{5};
  auto result = std::string(size, '\0');
  for (auto& c : result)
    c = static_cast<char>(engine());
  return result;
}

} // namespace

TEST_CASE("nothing is compressed unless asked for", "[encoding]") {
  CHECK_FALSE(is_compressed(encoded(std::string(100000, 'x'))));
  CHECK_FALSE(is_compressed(encoded(std::string(100000, 'x'), {.level = 0})));
}

TEST_CASE("a payload is compressed from the threshold on", "[encoding]") {
  auto text = std::string(1000, 'x');
  auto payload_size = payload_of(encoded(text)).size();
  CHECK_FALSE(
    is_compressed(encoded(text, {.level = 1, .threshold = payload_size + 1})));
  CHECK(is_compressed(encoded(text, {.level = 1, .threshold = payload_size})));
}

TEST_CASE("the default threshold is 1024 bytes of payload", "[encoding]") {
  // A text of this size takes a tag and two bytes for its size besides.
  CHECK_FALSE(is_compressed(encoded(std::string(1020, 'x'), {.level = 1})));
  CHECK(is_compressed(encoded(std::string(1021, 'x'), {.level = 1})));
}

TEST_CASE("every level from 1 to 9 gives the same bytes", "[encoding]") {
  auto text = std::string(5000, 'x');
  auto first = encoded(text, {.level = 1});
  CHECK(first.size() < 500);
  for (auto level = 2; level <= 9; ++level)
    CHECK(encoded(text, {.level = level}) == first);
}

TEST_CASE("what would not shrink is stored as it is", "[encoding]") {
  auto text = noise(5000);
  auto bytes = encoded(text, {.level = 9});
  CHECK_FALSE(is_compressed(bytes));
  CHECK(bytes == encoded(text));
}

TEST_CASE("a compressed value of any size comes back", "[encoding]") {
  for (size_t size : {0, 1, 10, 1024, 65536, 1000000, 20000000}) {
    CAPTURE(size);
    auto text = std::string(size, 'x');
    auto bytes = encoded(text, {.level = 1, .threshold = 0});
    REQUIRE(decoded<std::string>(bytes) == text);
  }
}

TEST_CASE("an invalid level is refused by name", "[encoding]") {
  for (auto level : {-1, 10}) {
    auto bytes = actor_cache::encode(1, {.level = level});
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error() == actor_cache::errc::invalid_argument);
    CHECK(actor_cache::message_of(bytes.error())
          == "compression_options::level is " + std::to_string(level)
               + ": accepted are 0 (off) and 1 to 9 (on)");
  }
  CHECK(compression_options{.level = 0}.validate().empty());
  CHECK(compression_options{.level = 9}.validate().empty());
}
