#include "actor_cache/json.hpp"

#include "support/encoding_fixture.hpp"

#include <cmath>
#include <limits>

namespace {

using actor_cache::errc;
using json = nlohmann::json;

bool is_refused(const json& value) {
  auto bytes = actor_cache::encode(value);
  return !bytes && bytes.error() == errc::encoding_failed;
}

/// Puts `text` where the text of a JSON value belongs.
std::string stored(const std::string& text) {
  auto out = actor_cache::wire::writer{};
  std::ignore = out.enter_object();
  out.text(text);
  out.leave_object();
  return framed<json>(std::move(out).take());
}

json nested(size_t depth) {
  auto result = json::array();
  for (size_t i = 1; i < depth; ++i)
    result = json::array({std::move(result)});
  return result;
}

struct document {
  std::string title;
  json body;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(title), CEREAL_NVP(body));
  }
};

} // namespace

TEST_CASE("JSON comes back exactly as it was", "[encoding]") {
  const auto values = {
    json(nullptr),
    json(true),
    json::array(),
    json::object(),
    json(""),
    json(1),
    json(1.0),
    json(-0.0),
    json(0.1),
    json(1e-308),
    json(5e-324),
    json(1.7976931348623157e308),
    json(std::numeric_limits<int64_t>::min()),
    json(std::numeric_limits<int64_t>::max()),
    json(std::numeric_limits<uint64_t>::max()),
    json("gr\u00fc\u00df \U0001F600 \" \\ \n \u0001"),
    json(std::string("a\0b", 3)),
    json{{"", {}}, {"a", {1, 2.5, "x", nullptr, {{"b", json::array()}}}}},
  };
  for (const auto& value : values) {
    CAPTURE(value.dump());
    auto copy = decoded<json>(encoded(value));
    CHECK(copy == value);
    // Equality takes 1 for 1.0.
    CHECK(copy.is_number_float() == value.is_number_float());
    CHECK(copy.type_name() == std::string{value.type_name()});
    CHECK(copy.dump() == value.dump());
  }
}

TEST_CASE("an empty array is not an empty object", "[encoding]") {
  CHECK(decoded<json>(encoded(json::array())).is_array());
  CHECK(decoded<json>(encoded(json::object())).is_object());
}

TEST_CASE("negative zero keeps its sign in JSON", "[encoding]") {
  CHECK(std::signbit(decoded<json>(encoded(json(-0.0))).get<double>()));
}

TEST_CASE("what JSON has no words for is refused rather than changed",
          "[encoding]") {
  CHECK(is_refused(std::nan("")));
  CHECK(is_refused(std::numeric_limits<double>::infinity()));
  CHECK(is_refused(json{{"a", {1, -std::numeric_limits<double>::infinity()}}}));
  CHECK(is_refused("\xff"));
  CHECK(is_refused(json{{"\xc3", 1}}));
  CHECK(is_refused(json::binary({1, 2})));
  CHECK(is_refused(json(json::value_t::discarded)));
}

TEST_CASE("JSON may be nested 512 deep and no deeper", "[encoding]") {
  CHECK(decoded<json>(encoded(nested(512))) == nested(512));
  CHECK(is_refused(nested(513)));
  CHECK(is_refused(nested(100000)));
  auto text = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(refusal<json>(stored(text(512))) == errc::none);
  CHECK(refusal<json>(stored(text(513))) == errc::corrupt_value);
  CHECK(refusal<json>(stored(std::string(1000000, '[')))
        == errc::corrupt_value);
  // Brackets in texts do not count.
  auto quoted = json(std::string(2000, '[') + "\"\\");
  CHECK(decoded<json>(encoded(quoted)) == quoted);
  auto escaped = json("\"" + std::string(2000, '['));
  CHECK(decoded<json>(encoded(escaped)) == escaped);
}

TEST_CASE("text that is not JSON is refused", "[encoding]") {
  for (auto text : {"", "{", "[1,]", "nul", "1 2", "\"", "\"\\", "1e999", "NaN",
                    "\"\xff\"", "{\"a\":1,}", "]"}) {
    CAPTURE(text);
    CHECK(refusal<json>(stored(text)) == errc::corrupt_value);
  }
}

TEST_CASE("JSON inside a struct and inside containers comes back",
          "[encoding]") {
  auto value = document{"t", json{{"a", {1, 2}}}};
  CHECK(decoded<document>(encoded(value)).body == value.body);
  using map = std::map<std::string, std::optional<json>>;
  auto jsons = map{{"x", json(nullptr)}, {"y", std::nullopt}};
  auto copy = decoded<map>(encoded(jsons));
  REQUIRE(copy["x"].has_value());
  CHECK(copy["x"]->is_null());
  CHECK_FALSE(copy["y"].has_value());
}
