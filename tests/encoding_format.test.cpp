#include "support/encoding_fixture.hpp"
#include "support/encoding_types.hpp"

#include <chrono>
#include <set>
#include <tuple>
#include <unordered_map>

// The format that is on users' disks. A change to any expectation here needs a
// new format version and a reader for the old one.

namespace samples {

template <class... Ts>
struct box {};

enum plain_enum : int16_t { one };

} // namespace samples

namespace {

using actor_cache::encodable;
using actor_cache::fingerprint;
using actor_cache::type_name;

std::string hex(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  auto result = std::string{};
  for (auto c : bytes) {
    result += digits[static_cast<uint8_t>(c) >> 4];
    result += digits[static_cast<uint8_t>(c) & 15];
  }
  return result;
}

std::string unhex(std::string_view digits) {
  auto result = std::string{};
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    result += static_cast<char>(
      std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
  return result;
}

template <class V>
std::string payload_hex(const V& value) {
  return hex(payload_of(encoded(value)));
}

struct unknown {
  int* pointer;
};

struct no_default {
  explicit no_default(int);

  template <class Archive>
  void serialize(Archive&) {
  }
};

} // namespace

TEST_CASE("the bytes of a value are these and no others", "[encoding]") {
  constexpr auto bytes = "01000eb73d9fb6c7fe3b87d49cdc"
                         "50aa9f1201000000b6ec19000000000000004051";
  CHECK(hex(encoded(samples::point{1, 2.0})) == bytes);
  CHECK(decoded<samples::point>(unhex(bytes)) == samples::point{1, 2.0});
}

TEST_CASE("compressed bytes are read", "[encoding]") {
  // Other versions of snappy may write other bytes for the same text.
  constexpr auto bytes
    = "010158fcaffad8e04b70b5deea5dd30f0c20d00f78fe0100fe0100fe"
      "0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe01"
      "00fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100"
      "fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe0100fe"
      "01003a0100";
  CHECK(decoded<std::string>(unhex(bytes)) == std::string(2000, 'x'));
}

TEST_CASE("the payload of each kind of item is this", "[encoding]") {
  using actor_cache::wire::tag;
  CHECK(payload_hex(true) == "02");
  CHECK(payload_hex(false) == "01");
  CHECK(payload_hex('a') == "1461");
  CHECK(payload_hex(int8_t{-1}) == "10ff");
  CHECK(payload_hex(int16_t{-2}) == "11feff");
  CHECK(payload_hex(int32_t{0x01020304}) == "1204030201");
  CHECK(payload_hex(int64_t{-2}) == "13feffffffffffffff");
  CHECK(payload_hex(uint8_t{200}) == "14c8");
  CHECK(payload_hex(uint16_t{0x0102}) == "150201");
  CHECK(payload_hex(uint32_t{1}) == "1601000000");
  CHECK(payload_hex(uint64_t{1}) == "170100000000000000");
  CHECK(payload_hex(1.0f) == "180000803f");
  CHECK(payload_hex(1.0) == "19000000000000f03f");
  CHECK(payload_hex(-1.5L)
        == "1a"
           "1400"               // finite
           "02"                 // negative
           "1201000000"         // times 2^1
           "1700000000000000c0" // 0.75
           "170000000000000000");
  CHECK(payload_hex(std::string("hi")) == "20026869");
  CHECK(payload_hex(std::u16string(u"h")) == "2115016800");
  CHECK(payload_hex(std::vector<int16_t>{1, 2}) == "21110201000200");
  CHECK(payload_hex(std::vector<std::byte>{std::byte{7}}) == "21140107");
  CHECK(payload_hex(std::vector<bool>{true, false, true}) == "220305");
  CHECK(payload_hex(std::vector<std::string>{"a"}) == "3001200161");
  CHECK(payload_hex(std::set<bool>{true}) == "300102");
  CHECK(payload_hex(std::map<bool, bool>{{true, false}}) == "31010201");
  CHECK(payload_hex(std::pair<bool, bool>{}) == "32020101");
  CHECK(payload_hex(std::optional<bool>{}) == "40");
  CHECK(payload_hex(std::optional<bool>{true}) == "4102");
  CHECK(payload_hex(std::variant<int, bool>{true}) == "420102");
  auto shared = std::make_shared<bool>(true);
  CHECK(payload_hex(std::vector<std::shared_ptr<bool>>{shared, shared, nullptr})
        == "3003430244"
           "00"
           "40");
  CHECK(payload_hex(samples::nothing{}) == "5051");
  CHECK(payload_hex(samples::color::blue) == "1402");
  CHECK(payload_hex(samples::level::high) == "1402");
  CHECK(payload_hex(std::chrono::seconds{1}) == "130100000000000000");
  CHECK(payload_hex(samples::account_id{1}) == "5017010000000000000051");
  CHECK(payload_hex(samples::celsius{1}) == "5019000000000000f03f51");
  CHECK(payload_hex(samples::tree{"a", {}}) == "50fad3200161d337300051");
  CHECK(payload_hex(samples::chain{5, nullptr}) == "50d7771205000000b4854051");
}

TEST_CASE("a count above 127 takes more than a byte", "[encoding]") {
  CHECK(payload_hex(std::vector<bool>(300)).substr(0, 6) == "22ac02");
}

TEST_CASE("the names of types do not depend on the compiler", "[encoding]") {
  CHECK(type_name<char>() == "char");
  CHECK(type_name<long double>() == "extended");
  CHECK(type_name<std::string>() == "string");
  CHECK(type_name<std::u32string>() == "string<char32>");
  CHECK(type_name<std::map<std::string, std::vector<long>>>()
        == "std::map<string,std::vector<i64>>");
  CHECK(type_name<std::array<float, 12>>() == "array<f32,12>");
  CHECK(type_name<std::tuple<>>() == "std::tuple<>");
  CHECK(type_name<std::unordered_map<int, std::unique_ptr<int>>>()
        == "std::unordered_map<i32,std::unique_ptr<i32>>");
  CHECK(type_name<std::chrono::milliseconds>() == "duration<i64,1/1000>");
  CHECK(type_name<std::chrono::system_clock>() == "std::chrono::system_clock");
  CHECK(type_name<samples::user>() == "samples::user");
  CHECK(type_name<samples::plain_enum>() == "samples::plain_enum:i16");
  CHECK(type_name<samples::box<const long long, samples::box<>>>()
        == "samples::box<i64,samples::box<>>");
  CHECK(type_name<unknown>() == "(anonymous)::unknown");
}

TEST_CASE("the fingerprint of a type is this number everywhere", "[encoding]") {
  CHECK(fingerprint<int>() == 0x2af2b3192b419145ull);
  CHECK(fingerprint<std::string>() == 0x704be0d8faaffc58ull);
  CHECK(fingerprint<samples::user>() == 0x50ecccc93fb7a31bull);
  CHECK(fingerprint<std::map<std::string, samples::user>>()
        == 0xc36b2172f1e94149ull);
}

TEST_CASE("the fingerprint can be had without decoding", "[encoding]") {
  CHECK(actor_cache::fingerprint_of(encoded(7)) == fingerprint<int>());
  CHECK(actor_cache::fingerprint_of("short") == 0);
  CHECK(actor_cache::fingerprint_of(std::string(20, '\7')) == 0);
}

TEST_CASE("the compiler tells what can be encoded", "[encoding]") {
  STATIC_CHECK(fingerprint<long>() == fingerprint<long long>());
  STATIC_CHECK(fingerprint<int>() != fingerprint<unsigned>());
  STATIC_CHECK(encodable<samples::account>);
  STATIC_CHECK(encodable<const samples::tree>);
  STATIC_CHECK(encodable<samples::account_id>);
  STATIC_CHECK(encodable<std::vector<samples::account_id>>);
  STATIC_CHECK_FALSE(encodable<unknown>);
  STATIC_CHECK_FALSE(encodable<int*>);
  STATIC_CHECK_FALSE(encodable<void (*)()>);
  STATIC_CHECK_FALSE(encodable<std::vector<unknown>>);
  STATIC_CHECK_FALSE(encodable<std::map<int, std::optional<unknown>>>);
  STATIC_CHECK_FALSE(encodable<std::variant<int, unknown>>);
  STATIC_CHECK_FALSE(encodable<std::string_view>);
  STATIC_CHECK_FALSE(encodable<no_default>);
}

TEST_CASE("the checksum is CRC-32C, whoever computes it",
          "[encoding][format]") {
  using actor_cache::detail::crc32c;
  using actor_cache::detail::portable_crc32c;
  // From RFC 3720, B.4, and the check value of the catalogue of CRCs.
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  std::string bytes;
  for (size_t size = 0; size < 200; ++size) {
    auto view = std::string_view{bytes};
    auto half = view.substr(0, size / 3);
    CHECK(portable_crc32c(view) == crc32c(view));
    CHECK(crc32c(view.substr(half.size()), portable_crc32c(half))
          == crc32c(view));
    bytes += static_cast<char>(size * 37);
  }
}
