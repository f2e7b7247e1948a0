#include "support/encoding_fixture.hpp"

#include <string>

// What happens when a program reads what an older one has stored. Each class
// here stands for a later or earlier form of one class: `as_older_form_of`
// passes the bytes of one off as the other's.

namespace {

using actor_cache::errc;

/// The form that was stored, by cereal with names.
struct person {
  std::string first = "Ada";
  std::string last = "Lovelace";
  int age = 36;
  int visits = 7;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(first), CEREAL_NVP(last), CEREAL_NVP(age),
            CEREAL_NVP(visits));
  }
};

#define LATER_FORM(NAME, AGE_TYPE, ...)                                        \
  struct NAME {                                                                \
    std::string first, last, middle, surname;                                  \
    AGE_TYPE age{};                                                            \
    int visits{};                                                              \
    template <class Archive>                                                   \
    void serialize(Archive& archive) {                                         \
      archive(__VA_ARGS__);                                                    \
    }                                                                          \
  };

LATER_FORM(unchanged, int, CEREAL_NVP(first), CEREAL_NVP(last), CEREAL_NVP(age),
           CEREAL_NVP(visits))
LATER_FORM(swapped_texts, int, CEREAL_NVP(last), CEREAL_NVP(first),
           CEREAL_NVP(age), CEREAL_NVP(visits))
LATER_FORM(swapped_numbers, int, CEREAL_NVP(first), CEREAL_NVP(last),
           CEREAL_NVP(visits), CEREAL_NVP(age))
LATER_FORM(renamed, int, CEREAL_NVP(first), CEREAL_NVP(surname),
           CEREAL_NVP(age), CEREAL_NVP(visits))
LATER_FORM(with_more, int, CEREAL_NVP(first), CEREAL_NVP(last), CEREAL_NVP(age),
           CEREAL_NVP(visits), CEREAL_NVP(middle))
LATER_FORM(with_more_inside, int, CEREAL_NVP(first), CEREAL_NVP(middle),
           CEREAL_NVP(last), CEREAL_NVP(age), CEREAL_NVP(visits))
LATER_FORM(with_less, int, CEREAL_NVP(first), CEREAL_NVP(last), CEREAL_NVP(age))
LATER_FORM(as_float, float, CEREAL_NVP(first), CEREAL_NVP(last),
           CEREAL_NVP(age), CEREAL_NVP(visits))
LATER_FORM(as_unsigned, unsigned, CEREAL_NVP(first), CEREAL_NVP(last),
           CEREAL_NVP(age), CEREAL_NVP(visits))
LATER_FORM(as_wider, int64_t, CEREAL_NVP(first), CEREAL_NVP(last),
           CEREAL_NVP(age), CEREAL_NVP(visits))
LATER_FORM(without_names, int, first, last, age, visits)

#undef LATER_FORM

template <class To, class From = person>
errc reading_as() {
  return refusal<To>(as_older_form_of<To>(From{}));
}

/// The same for CAF's inspect.
struct stored_order {
  int count = 1;
  int total = 2;
};

struct other_order : stored_order {};
struct other_name : stored_order {};
struct one_field : stored_order {};

template <class Inspector>
bool inspect(Inspector& f, stored_order& x) {
  return f.object(x).fields(f.field("count", x.count),
                            f.field("total", x.total));
}

template <class Inspector>
bool inspect(Inspector& f, other_order& x) {
  return f.object(x).fields(f.field("total", x.total),
                            f.field("count", x.count));
}

template <class Inspector>
bool inspect(Inspector& f, other_name& x) {
  return f.object(x).fields(f.field("count", x.count), f.field("sum", x.total));
}

template <class Inspector>
bool inspect(Inspector& f, one_field& x) {
  return f.object(x).fields(f.field("count", x.count));
}

/// A class with cereal's version 1 ...
struct profile_1 {
  std::string name = "Ada";

  template <class Archive>
  void serialize(Archive& archive, uint32_t) {
    archive(CEREAL_NVP(name));
  }
};

/// ... and the same one later, at version 2.
struct profile_2 {
  std::string name;
  std::string mail = "unset";

  template <class Archive>
  void serialize(Archive& archive, uint32_t version) {
    archive(CEREAL_NVP(name));
    if (version >= 2)
      archive(CEREAL_NVP(mail));
    else
      mail = "unknown";
  }
};

} // namespace

CEREAL_CLASS_VERSION(profile_1, 1)
CEREAL_CLASS_VERSION(profile_2, 2)

template <>
inline constexpr std::string_view actor_cache::type_name_of<profile_1>
  = "profile";

template <>
inline constexpr std::string_view actor_cache::type_name_of<profile_2>
  = "profile";

TEST_CASE("a class that has not changed is read", "[encoding]") {
  CHECK(reading_as<unchanged>() == errc::none);
  CHECK(decoded<unchanged>(as_older_form_of<unchanged>(person{})).last
        == "Lovelace");
}

TEST_CASE("a class whose named members changed is reported", "[encoding]") {
  CHECK(reading_as<swapped_texts>() == errc::type_mismatch);
  CHECK(reading_as<swapped_numbers>() == errc::type_mismatch);
  CHECK(reading_as<renamed>() == errc::type_mismatch);
  CHECK(reading_as<with_more>() == errc::type_mismatch);
  CHECK(reading_as<with_more_inside>() == errc::type_mismatch);
  CHECK(reading_as<with_less>() == errc::type_mismatch);
  CHECK(reading_as<as_float>() == errc::type_mismatch);
  CHECK(reading_as<as_unsigned>() == errc::type_mismatch);
  CHECK(reading_as<as_wider>() == errc::type_mismatch);
  CHECK(reading_as<without_names>() == errc::type_mismatch);
}

TEST_CASE("the later form read by the older program is reported as well",
          "[encoding]") {
  CHECK(reading_as<person, with_more>() == errc::type_mismatch);
  CHECK(reading_as<person, with_less>() == errc::type_mismatch);
  CHECK(reading_as<person, as_wider>() == errc::type_mismatch);
  CHECK(reading_as<person, without_names>() == errc::type_mismatch);
}

TEST_CASE("the message names the member", "[encoding]") {
  auto value
    = actor_cache::decode<as_float>(as_older_form_of<as_float>(person{}));
  REQUIRE_FALSE(value);
  auto text = actor_cache::message_of(value.error());
  CHECK(text.find("as_float: expected f32 but found i32 (at or in field 'age')")
        != std::string::npos);
}

TEST_CASE("a class that CAF inspects is reported when its fields changed",
          "[encoding]") {
  CHECK(reading_as<stored_order, stored_order>() == errc::none);
  CHECK(reading_as<other_order, stored_order>() == errc::type_mismatch);
  CHECK(reading_as<other_name, stored_order>() == errc::type_mismatch);
  CHECK(reading_as<one_field, stored_order>() == errc::type_mismatch);
  CHECK(reading_as<stored_order, one_field>() == errc::type_mismatch);
}

TEST_CASE("a class with a version reads what its older version wrote",
          "[encoding]") {
  auto value = decoded<profile_2>(encoded(profile_1{"Ada"}));
  CHECK(value.name == "Ada");
  CHECK(value.mail == "unknown");
  auto same = decoded<profile_2>(encoded(profile_2{"Ada", "a@b"}));
  CHECK(same.mail == "a@b");
}

TEST_CASE("versions work inside containers and are stored once", "[encoding]") {
  auto one = encoded(std::vector<profile_1>(1));
  auto two = encoded(std::vector<profile_1>(2));
  auto three = encoded(std::vector<profile_1>(3));
  CHECK(three.size() - two.size() < two.size() - one.size() + 1);
  auto name_size = std::string{"xxAdaxxxx"}.size(); // tags, check, size, text
  CHECK(three.size() - two.size() == name_size);
  auto values = decoded<std::vector<profile_2>>(three);
  REQUIRE(values.size() == 3);
  CHECK(values[2].mail == "unknown");
}

TEST_CASE("an older program reports a version it cannot know", "[encoding]") {
  CHECK(refusal<profile_1>(encoded(profile_2{"Ada", "a@b"}))
        == errc::type_mismatch);
}
