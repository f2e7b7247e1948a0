#include "actor_cache/errc.hpp"

#include "../adapters/redis/envelope.hpp"
#include "../adapters/redis/redis_errors.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace std::literals;

namespace {

errc code_of(const caf::error& err) {
  return static_cast<errc>(err.code());
}

} // namespace

TEST_CASE("an envelope comes back as it was sealed", "[redis envelope]") {
  const envelope all[] = {
    {},
    {1, 0, 0, "x"},
    {~0ull, -1, ~0u, "\0\xff"sv},
    {0x0102030405060708, 0x1112131415161718, 0x21222324, "payload"},
  };
  for (const auto& x : all) {
    auto bytes = seal_envelope(x);
    auto opened = open_envelope(bytes);
    REQUIRE(opened);
    CHECK(*opened == x);
  }
}

TEST_CASE("the bytes of an envelope stay what they are", "[redis envelope]") {
  CHECK(seal_envelope({0x0102030405060708, 0x1112131415161718, 0x21222324, "p"})
        == "\xAC\x01\0\0\x21\x22\x23\x24\x01\x02\x03\x04\x05\x06\x07\x08\x11"
           "\x12\x13"
           "\x14\x15\x16\x17\x18p"sv);
}

TEST_CASE("what no cache has written is refused", "[redis envelope]") {
  auto good = seal_envelope({7, 8, 9, "payload"});
  auto refuse = [](std::string_view bytes, std::string_view why) {
    auto opened = open_envelope(bytes);
    REQUIRE_FALSE(opened);
    CHECK(code_of(opened.error()) == errc::corrupt_value);
    CHECK(message_of(opened.error()).find(why) != std::string::npos);
  };
  refuse("", "something else");
  refuse("42", "something else");
  refuse("{\"a\":1}", "something else");
  for (size_t size = 1; size < envelope::header_size; ++size)
    refuse(std::string_view{good}.substr(0, size), "cut off");
  auto newer = good;
  newer[1] = 2;
  refuse(newer, "its format is 2, accepted is 1");
  auto odd = good;
  odd[3] = 1;
  refuse(odd, "reserved");
}

TEST_CASE("error replies have a meaning", "[redis errors]") {
  auto code = [](std::string text) {
    auto err = to_error({text});
    CHECK(message_of(err).find(text) != std::string::npos);
    return code_of(err);
  };
  CHECK(code("WRONGTYPE Operation against a key holding the wrong kind of "
             "value")
        == errc::type_mismatch);
  CHECK(code("NOAUTH Authentication required.") == errc::not_permitted);
  CHECK(code("WRONGPASS invalid username-password pair")
        == errc::not_permitted);
  CHECK(code("NOPERM this user has no permissions") == errc::not_permitted);
  CHECK(code("LOADING Redis is loading the dataset in memory")
        == errc::unavailable);
  CHECK(code("OOM command not allowed") == errc::unavailable);
  CHECK(code("ERR max number of clients reached") == errc::unavailable);
  CHECK(code("ERR Path '$.a' does not exist") == errc::key_not_found);
  CHECK(code("ERR new objects must be created at the root")
        == errc::invalid_argument);
  CHECK(code("ERR unknown command 'NOPE', with args beginning with: ")
        == errc::not_supported);
  CHECK(code("ERR syntax error") == errc::invalid_argument);
  CHECK(code("BUSYKEY Target key name already exists.")
        == errc::invalid_argument);
  CHECK(code("") == errc::invalid_argument);
}
