#include "support/encoding_fixture.hpp"
#include "support/random_values.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <memory>

namespace {

using actor_cache::errc;
using actor_cache::wire::writer;

samples::account sample_account() {
  auto result = samples::account{};
  result.owner.name = "Ada";
  result.owner.mail = "ada@example.org";
  result.owner.scores["chess"] = {1, -2, 3};
  result.ids = {samples::account_id{1}, samples::account_id{2}};
  result.home = std::make_shared<samples::point>(samples::point{1, 2.5});
  return result;
}

samples::polygon sample_polygon() {
  auto result = samples::polygon{};
  result.title = std::string(40, 'x');
  result.corners = {{1, 2}, {3, 4}};
  result.tags["a"] = {1, 2, 3};
  result.fill = {samples::color::blue, samples::point{5, 6}};
  return result;
}

/// Calls `f(value, bytes)` for values of several types, one of them compressed.
template <class F>
void for_each_sample(F f) {
  f(sample_account(), encoded(sample_account()));
  f(sample_polygon(), encoded(sample_polygon()));
  f(sample_polygon(), encoded(sample_polygon(), {.level = 1, .threshold = 0}));
  f(true, encoded(true));
  f(std::string{}, encoded(std::string{}));
  f(std::vector<bool>(11, true), encoded(std::vector<bool>(11, true)));
}

/// Starts a payload with `tag` and a count that nothing backs.
std::string bomb(actor_cache::wire::tag tag, std::string_view rest = {}) {
  auto result = std::string{static_cast<char>(tag)};
  result += rest;
  result += "\xff\xff\xff\xff\xff\x3f"; // two tebi, less one
  result += std::string(100, '\x02');
  return result;
}

/// Counts the most that was asked for at once.
template <class T>
struct watched_allocator {
  using value_type = T;

  watched_allocator() = default;

  template <class U>
  explicit watched_allocator(const watched_allocator<U>&) {
  }

  T* allocate(size_t count) {
    most = std::max(most, count * sizeof(T));
    return std::allocator<T>{}.allocate(count);
  }

  void deallocate(T* ptr, size_t count) {
    std::allocator<T>{}.deallocate(ptr, count);
  }

  bool operator==(const watched_allocator&) const = default;

  static inline size_t most = 0;
};

struct big {
  std::array<char, 4096> room = {};

  template <class Archive>
  void serialize(Archive&) {
  }
};

} // namespace

TEST_CASE("bytes that end early are refused wherever they end", "[encoding]") {
  for_each_sample([](const auto& value, const std::string& bytes) {
    using type = std::decay_t<decltype(value)>;
    for (size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      REQUIRE(refusal<type>(std::string_view{bytes}.substr(0, size))
              == errc::corrupt_value);
    }
  });
}

TEST_CASE("a payload that ends early is refused by its contents alone",
          "[encoding]") {
  auto payload = payload_of(encoded(sample_account()));
  for (size_t size = 0; size < payload.size(); ++size) {
    CAPTURE(size);
    auto bytes = framed<samples::account>(payload.substr(0, size));
    REQUIRE(refusal<samples::account>(bytes) != errc::none);
  }
}

TEST_CASE("a single flipped bit is noticed wherever it is", "[encoding]") {
  for_each_sample([](const auto& value, const std::string& bytes) {
    using type = std::decay_t<decltype(value)>;
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      CAPTURE(bit);
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      REQUIRE(refusal<type>(flipped) == errc::corrupt_value);
    }
  });
}

TEST_CASE("bytes after the value are noticed", "[encoding]") {
  for_each_sample([](const auto& value, const std::string& bytes) {
    using type = std::decay_t<decltype(value)>;
    CHECK(refusal<type>(bytes + '\x01') == errc::corrupt_value);
    auto longer = payload_of(encoded(value)) + '\x01';
    CHECK(refusal<type>(framed<type>(longer)) == errc::corrupt_value);
  });
}

TEST_CASE("random bytes are refused", "[encoding]") {
  auto random = random_values{1};
  for (auto round = 0; round < 10000; ++round) {
    CAPTURE(round);
    REQUIRE(refusal<samples::account>(random.make<std::string>())
            == errc::corrupt_value);
  }
}

TEST_CASE("damage behind a correct checksum does no harm", "[encoding]") {
  auto random = random_values{2};
  const auto payload = payload_of(encoded(sample_account()));
  for (auto round = 0; round < 20000; ++round) {
    auto damaged = payload;
    for (auto count = random.below(4); count < 4; ++count)
      damaged[random.below(damaged.size())] = static_cast<char>(random.bits());
    auto value = actor_cache::decode<samples::account>(
      framed<samples::account>(damaged));
    if (!value)
      REQUIRE((value.error() == errc::corrupt_value
               || value.error() == errc::type_mismatch));
  }
}

TEST_CASE("another format version and unknown flags are refused",
          "[encoding]") {
  auto bytes = encoded(7);
  CHECK(reframed(bytes, 1, 0) == bytes);
  CHECK(refusal<int>(reframed(bytes, 0, 0)) == errc::corrupt_value);
  CHECK(refusal<int>(reframed(bytes, 2, 0)) == errc::corrupt_value);
  CHECK(refusal<int>(reframed(bytes, 1, 2)) == errc::corrupt_value);
}

TEST_CASE("a value of another type is a mismatch that names the type",
          "[encoding]") {
  auto value
    = actor_cache::decode<std::vector<float>>(encoded(std::vector<int>{1, 2}));
  REQUIRE_FALSE(value);
  CHECK(value.error() == errc::type_mismatch);
  CHECK(actor_cache::message_of(value.error()).find("std::vector<f32>")
        != std::string::npos);
}

TEST_CASE("a value of another type of the same shape is a mismatch",
          "[encoding]") {
  CHECK(refusal<std::list<std::string>>(encoded(std::set<std::string>{"a"}))
        == errc::type_mismatch);
  CHECK(refusal<int32_t>(encoded(std::chrono::duration<int32_t>{1}))
        == errc::type_mismatch);
}

TEST_CASE("what has a fixed size is not read from another size", "[encoding]") {
  auto with_count = [](auto bytes, size_t at, char count) {
    using type = decltype(bytes);
    auto payload = payload_of(encoded(bytes));
    payload[at] = count;
    return framed<type>(payload);
  };
  using pair = std::pair<bool, bool>;
  CHECK(refusal<pair>(with_count(pair{}, 1, 2)) == errc::none);
  CHECK(refusal<pair>(with_count(pair{}, 1, 1)) == errc::type_mismatch);
  using bytes = std::array<uint8_t, 3>;
  CHECK(refusal<bytes>(with_count(bytes{}, 2, 3)) == errc::none);
  CHECK(refusal<bytes>(with_count(bytes{}, 2, 2)) == errc::type_mismatch);
  using bits = std::bitset<3>;
  CHECK(refusal<bits>(with_count(bits{}, 1, 4)) == errc::type_mismatch);
}

TEST_CASE("a count that nothing backs is refused before memory is taken",
          "[encoding]") {
  using actor_cache::wire::tag;
  auto u64 = std::string{static_cast<char>(tag::u64)};
  CHECK(refusal<std::string>(framed<std::string>(bomb(tag::text)))
        == errc::corrupt_value);
  CHECK(refusal<std::vector<bool>>(framed<std::vector<bool>>(bomb(tag::bits)))
        == errc::corrupt_value);
  CHECK(refusal<std::list<int>>(framed<std::list<int>>(bomb(tag::sequence)))
        == errc::corrupt_value);
  CHECK(refusal<std::set<int>>(framed<std::set<int>>(bomb(tag::sequence)))
        == errc::corrupt_value);
  using map = std::unordered_map<int, int>;
  CHECK(refusal<map>(framed<map>(bomb(tag::map))) == errc::corrupt_value);
  using empties = std::vector<samples::nothing>;
  CHECK(refusal<empties>(framed<empties>(bomb(tag::sequence)))
        == errc::corrupt_value);
  using numbers = std::vector<uint64_t, watched_allocator<uint64_t>>;
  watched_allocator<uint64_t>::most = 0;
  CHECK(refusal<numbers>(framed<numbers>(bomb(tag::array, u64)))
        == errc::corrupt_value);
  CHECK(watched_allocator<uint64_t>::most == 0);
}

TEST_CASE("no more is reserved than what is left could fill", "[encoding]") {
  using bigs = std::vector<big, watched_allocator<big>>;
  auto out = writer{};
  REQUIRE(out.enter_sequence(5000));
  auto payload = std::move(out).take() + std::string(10000, '\x00');
  watched_allocator<big>::most = 0;
  CHECK(refusal<bigs>(framed<bigs>(payload)) == errc::type_mismatch);
  CHECK(watched_allocator<big>::most <= 10000);
  // That the vector did grow shows that the allocator is in use.
  CHECK(watched_allocator<big>::most > 0);
}

TEST_CASE("numbers of a wrong width cannot fill a bulk array", "[encoding]") {
  using numbers = std::vector<uint64_t>;
  auto bytes = std::string(16, '\x01');
  auto out = writer{};
  out.array<uint8_t>(bytes.data(), bytes.size());
  CHECK(refusal<numbers>(framed<numbers>(std::move(out).take()))
        == errc::type_mismatch);
}

TEST_CASE("a compressed payload cannot claim to be huge", "[encoding]") {
  auto claim = std::string{"\xff\xff\xff\xff\x0f"} + std::string(20, 'x');
  auto bytes = reframed(framed<std::string>(claim), 1, 1);
  auto value = actor_cache::decode<std::string>(bytes);
  REQUIRE_FALSE(value);
  CHECK(value.error() == errc::corrupt_value);
  CHECK(actor_cache::message_of(value.error()).find("claim")
        != std::string::npos);
  CHECK(refusal<std::string>(reframed(framed<std::string>("\xff"), 1, 1))
        == errc::corrupt_value);
  auto intact = encoded(std::string(5000, 'x'), {.level = 1});
  auto payload = payload_of(intact);
  payload[payload.size() / 2] ^= 0x55;
  CHECK(refusal<std::string>(reframed(framed<std::string>(payload), 1, 1))
        != errc::none);
}

TEST_CASE("bits beyond a count are refused", "[encoding]") {
  auto out = writer{};
  out.bits("\xff", 7);
  CHECK(
    refusal<std::vector<bool>>(framed<std::vector<bool>>(std::move(out).take()))
    == errc::corrupt_value);
}

TEST_CASE("a key that occurs twice is refused", "[encoding]") {
  using map = std::map<int, int>;
  auto out = writer{};
  REQUIRE(out.enter_map(2));
  for (auto i = 0; i < 4; ++i)
    out.number(int32_t{1});
  CHECK(refusal<map>(framed<map>(std::move(out).take()))
        == errc::corrupt_value);
}

TEST_CASE("an unknown alternative is refused", "[encoding]") {
  using either = std::variant<int, bool>;
  auto out = writer{};
  REQUIRE(out.enter_alternative(2));
  out.boolean(true);
  CHECK(refusal<either>(framed<either>(std::move(out).take()))
        == errc::type_mismatch);
}

TEST_CASE("what is nested too deep can be neither stored nor read",
          "[encoding]") {
  auto fine = samples::make_chain(90);
  CHECK(decoded<samples::chain>(encoded(fine)).next->next->value == 3);
  auto deep = actor_cache::encode(samples::make_chain(300));
  REQUIRE_FALSE(deep);
  CHECK(deep.error() == errc::encoding_failed);
  auto out = writer{};
  for (auto i = 0; i < 100000; ++i) {
    std::ignore = out.enter_object();
    out.field("value");
    out.number(int32_t{1});
    out.field("next");
    out.presence(true);
  }
  auto bytes = framed<samples::chain>(std::move(out).take());
  auto value = actor_cache::decode<samples::chain>(bytes);
  REQUIRE_FALSE(value);
  CHECK(value.error() == errc::corrupt_value);
  CHECK(actor_cache::message_of(value.error()).find("200 deep")
        != std::string::npos);
}

TEST_CASE("reading goes exactly as deep as writing", "[encoding]") {
  // Each object of the chain is two levels, and the last has an empty pointer.
  auto chain_of = [](int length) {
    auto payload = std::string{};
    for (auto i = 0; i < length; ++i) {
      auto out = writer{};
      std::ignore = out.enter_object();
      out.field("value");
      out.number(int32_t{1});
      out.field("next");
      out.presence(i + 1 < length);
      payload += std::move(out).take();
    }
    return framed<samples::chain>(payload + std::string(length, '\x51'));
  };
  auto length = 100;
  CHECK(chain_of(3).size() == encoded(samples::make_chain(3)).size());
  CHECK(refusal<samples::chain>(chain_of(length)) == errc::none);
  CHECK(refusal<samples::chain>(chain_of(length + 1)) == errc::corrupt_value);
  CHECK(actor_cache::encode(samples::make_chain(length)));
  CHECK_FALSE(actor_cache::encode(samples::make_chain(length + 1)));
}

TEST_CASE("a tree that CAF inspects cannot be nested to death either",
          "[encoding]") {
  auto out = writer{};
  for (auto i = 0; i < 100000; ++i) {
    std::ignore = out.enter_object();
    out.field("label");
    out.text("");
    out.field("branches");
    std::ignore = out.enter_sequence(1);
  }
  auto bytes = framed<samples::tree>(std::move(out).take());
  CHECK(refusal<samples::tree>(bytes) == errc::corrupt_value);
}

namespace {

/// Sizes its memory by what the archive says, as cereal's own types do.
struct hand_made {
  std::vector<int> items;

  template <class Archive>
  void save(Archive& archive) const {
    archive(
      cereal::make_size_tag(static_cast<cereal::size_type>(items.size())));
    archive(cereal::binary_data(items.data(), items.size() * sizeof(int)));
  }

  template <class Archive>
  void load(Archive& archive) {
    cereal::size_type size = 0;
    archive(cereal::make_size_tag(size));
    items.resize(static_cast<size_t>(size));
    archive(cereal::binary_data(items.data(), items.size() * sizeof(int)));
  }
};

} // namespace

TEST_CASE("a size that cereal's size tag announces is checked too",
          "[encoding]") {
  auto value = hand_made{{1, 2, 3}};
  CHECK(decoded<hand_made>(encoded(value)).items == value.items);
  auto out = writer{};
  std::ignore = out.enter_object();
  out.number(uint64_t{1} << 20);
  auto bomb
    = actor_cache::decode<hand_made>(framed<hand_made>(std::move(out).take()));
  REQUIRE_FALSE(bomb);
  CHECK(bomb.error() == errc::corrupt_value);
  CHECK(actor_cache::message_of(bomb.error()).find("a size of 1048576 exceeds")
        != std::string::npos);
}
