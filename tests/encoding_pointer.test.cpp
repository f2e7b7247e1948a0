#include "support/encoding_fixture.hpp"
#include "support/encoding_types.hpp"

#include <memory>

namespace {

using actor_cache::errc;
using actor_cache::wire::writer;

struct node {
  int value = 0;
  std::shared_ptr<node> left;
  std::shared_ptr<node> right;
  std::weak_ptr<node> parent;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(value, left, right, parent);
  }
};

using ints = std::vector<std::shared_ptr<int>>;
using mixed = std::pair<std::shared_ptr<int>, std::shared_ptr<float>>;

} // namespace

TEST_CASE("an object that several pointers share is one object again",
          "[encoding]") {
  auto shared = std::make_shared<int>(5);
  auto other = std::make_shared<int>(5);
  auto value = decoded<ints>(encoded(ints{shared, nullptr, other, shared}));
  REQUIRE(value.size() == 4);
  CHECK(*value[0] == 5);
  CHECK(value[1] == nullptr);
  CHECK(value[0] == value[3]);
  CHECK(value[0] != value[2]);
}

TEST_CASE("a pointer to the first member is not one to the whole",
          "[encoding]") {
  auto whole = std::make_shared<node>();
  whole->value = 9;
  auto first = std::shared_ptr<int>{whole, &whole->value};
  using both = std::pair<std::shared_ptr<node>, std::shared_ptr<int>>;
  auto value = decoded<both>(encoded(both{whole, first}));
  CHECK(value.first->value == 9);
  CHECK(*value.second == 9);
}

TEST_CASE("a weak pointer to an owner finds its owner again", "[encoding]") {
  auto root = std::make_shared<node>();
  root->left = std::make_shared<node>();
  root->left->parent = root;
  root->left->value = 2;
  auto value = decoded<std::shared_ptr<node>>(encoded(root));
  CHECK(value->left->value == 2);
  CHECK(value->left->parent.lock() == value);
  CHECK(value.use_count() == 1);
}

TEST_CASE("a value that owns itself is not encoded", "[encoding]") {
  auto root = std::make_shared<node>();
  root->left = root;
  auto bytes = actor_cache::encode(root);
  root->left.reset();
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error() == errc::encoding_failed);
}

TEST_CASE("references that make no sense are refused", "[encoding]") {
  using actor_cache::wire::tag;
  auto object = std::string{static_cast<char>(tag::shared)}
                + static_cast<char>(tag::i32) + std::string(4, '\1');
  auto again = std::string{static_cast<char>(tag::shared_again)};
  auto head = [](tag kind, char count) {
    return std::string{static_cast<char>(kind), count};
  };

  SECTION("to an object that is there: the control") {
    auto payload = head(tag::sequence, 2) + object + again + '\0';
    CHECK(refusal<ints>(framed<ints>(payload)) == errc::none);
  }
  SECTION("to an object that is not there") {
    auto payload = head(tag::sequence, 2) + object + again + '\1';
    CHECK(refusal<ints>(framed<ints>(payload)) == errc::corrupt_value);
  }
  SECTION("to an object of another type") {
    auto payload = head(tag::tuple, 2) + object + again + '\0';
    CHECK(refusal<mixed>(framed<mixed>(payload)) == errc::corrupt_value);
  }
  SECTION("to the object that it is in") {
    auto payload = std::string{static_cast<char>(tag::shared)}
                   + static_cast<char>(tag::object)
                   + static_cast<char>(tag::i32) + std::string(4, '\1') + again
                   + '\0';
    using root = std::shared_ptr<node>;
    CHECK(refusal<root>(framed<root>(payload)) == errc::corrupt_value);
  }
}

TEST_CASE("owning pointers to const and to types with a codec come back",
          "[encoding]") {
  using samples::account_id;
  auto number = std::make_unique<const int>(3);
  CHECK(*decoded<std::unique_ptr<const int>>(encoded(number)) == 3);
  auto unique = std::make_unique<account_id>(4);
  CHECK(*decoded<std::unique_ptr<account_id>>(encoded(unique)) == *unique);
  using shared = std::shared_ptr<const account_id>;
  auto ids = std::vector<shared>(2, std::make_shared<const account_id>(5));
  auto value = decoded<std::vector<shared>>(encoded(ids));
  CHECK(value[0] == value[1]);
  CHECK(value[0]->number() == 5);
}
