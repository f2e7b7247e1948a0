// cereal's own support for standard types, which other code in a program may
// include, must neither get in the way nor change the bytes.

#include <cereal/types/array.hpp>
#include <cereal/types/base_class.hpp>
#include <cereal/types/bitset.hpp>
#include <cereal/types/chrono.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/stack.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>

#include "support/encoding_fixture.hpp"
#include "support/encoding_types.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <stack>

namespace {

struct animal {
  int legs = 4;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(legs));
  }
};

struct dog : animal {
  std::string name;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(cereal::base_class<animal>(this), CEREAL_NVP(name));
  }
};

/// Uses every way to pass something to an archive.
struct many_ways {
  int a = 0;
  int b = 0;
  std::vector<int> c;
  int raw[3] = {};
  std::string late;

  template <class Archive>
  void serialize(Archive& archive) {
    archive & a;
    archive(cereal::make_nvp("bee", b));
    archive(cereal::defer(late), raw);
    archive(c);
    archive.serializeDeferments();
  }
};

} // namespace

TEMPLATE_TEST_CASE("cereal's own headers do not change who encodes a type",
                   "[encoding]", std::string, std::vector<int>,
                   std::vector<bool>, std::optional<int>, (std::map<int, int>),
                   std::set<int>, (std::variant<int, bool>), std::tuple<int>,
                   (std::pair<int, int>), std::unique_ptr<int>,
                   std::shared_ptr<int>, std::chrono::seconds, std::bitset<3>,
                   (std::array<int, 3>), std::deque<int>) {
  STATIC_CHECK(actor_cache::detail::frontend_of<TestType>()
               == actor_cache::detail::frontend::standard);
}

TEST_CASE("a struct of standard types comes back with cereal's headers around",
          "[encoding]") {
  auto value = samples::polygon{};
  value.title = "t";
  value.corners = {{1, 2}};
  value.tags["x"] = {1, 2, 3};
  CHECK(decoded<samples::polygon>(encoded(value)) == value);
}

TEST_CASE("a type that only cereal knows goes through cereal", "[encoding]") {
  auto value = std::stack<int>{};
  value.push(1);
  value.push(2);
  CHECK(decoded<std::stack<int>>(encoded(value)) == value);
}

TEST_CASE("a base class is part of its derived class", "[encoding]") {
  auto value = dog{};
  value.legs = 3;
  value.name = "Tripod";
  auto copy = decoded<dog>(encoded(value));
  CHECK(copy.legs == 3);
  CHECK(copy.name == "Tripod");
}

TEST_CASE("every way to pass something to an archive works", "[encoding]") {
  auto value = many_ways{1, 2, {3, 4}, {5, 6, 7}, "late"};
  auto copy = decoded<many_ways>(encoded(value));
  CHECK(copy.a == 1);
  CHECK(copy.b == 2);
  CHECK(copy.c == value.c);
  CHECK(copy.raw[2] == 7);
  CHECK(copy.late == "late");
}
