#include "decode_target.hpp"

#include "../support/encoding_frames.hpp"
#include "../support/random_values.hpp"

#include "actor_cache/encoding.hpp"
#include "actor_cache/json.hpp"

#include <cstdlib>

namespace {

using actor_cache::decode;
using actor_cache::encode;

/// Shares objects and has a version.
struct family {
  int age = 0;
  std::shared_ptr<family> left;
  std::shared_ptr<family> right;
  std::weak_ptr<family> parent;

  template <class Archive>
  void serialize(Archive& archive, uint32_t version) {
    archive(CEREAL_NVP(age), CEREAL_NVP(left));
    if (version > 0)
      archive(CEREAL_NVP(right), CEREAL_NVP(parent));
  }
};

/// Sizes its memory by what the archive says.
struct by_hand {
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

CEREAL_CLASS_VERSION(family, 1)

template <>
struct random_values::maker<nlohmann::json> {
  static nlohmann::json make(random_values& random) {
    return {{"a", {1, -2.5, nullptr, true, random.below(100)}},
            {"b", {{"c", nlohmann::json::object()}, {"d", "\u00e4"}}}};
  }
};

template <>
struct random_values::maker<family> {
  static family make(random_values& random) {
    auto result = family{};
    result.age = random.make<int>();
    result.left = std::make_shared<family>();
    result.left->left = std::make_shared<family>();
    result.right = random.make<bool>() ? result.left : nullptr;
    result.left->left->parent = result.left;
    return result;
  }
};

template <>
struct random_values::maker<by_hand> {
  static by_hand make(random_values& random) {
    return {random.make<std::vector<int>>()};
  }
};

template <>
struct random_values::maker<samples::chain> {
  static samples::chain make(random_values& random) {
    return samples::make_chain(1 + static_cast<int>(random.below(5)));
  }
};

namespace {

template <class... Ts>
struct type_list {};

/// Append only: the corpus says by number which type it is for.
using fuzzed_types = type_list<
  samples::account, samples::polygon, samples::user, samples::team,
  samples::tree, samples::chain, family, by_hand, nlohmann::json,
  std::vector<bool>, std::map<std::string, std::vector<std::optional<int>>>,
  std::variant<std::monostate, int, std::vector<samples::tree>>, long double,
  std::u32string, std::tuple<bool, char, std::pair<int, std::string>>,
  std::bitset<70>, samples::level, std::forward_list<std::string>,
  std::unordered_map<std::string, samples::point>, std::vector<double>,
  std::vector<samples::nothing>, std::multiset<std::string>,
  std::array<std::string, 3>, samples::celsius, std::deque<samples::account_id>,
  std::chrono::system_clock::time_point>;

void require(bool holds) {
  if (!holds)
    std::abort();
}

template <class V>
std::string frame_for(char kind, std::string_view rest) {
  switch (kind) {
    case 0:
      return std::string{rest};
    case 1:
      return reframed(framed<V>(rest), 1, 1);
    default:
      return framed<V>(rest);
  }
}

/// What was taken must be a value: one that can be stored and read again. Its
/// bytes may differ from those it came from, where a set was out of order.
template <class V>
void decode_one(char kind, std::string_view rest) {
  auto value = decode<V>(frame_for<V>(kind, rest));
  if (!value)
    return;
  auto bytes = encode(*value);
  require(static_cast<bool>(bytes));
  auto again = decode<V>(*bytes);
  require(static_cast<bool>(again));
  auto same_bytes = encode(*again);
  require(same_bytes && same_bytes->size() == bytes->size());
}

using decode_function = void (*)(char, std::string_view);

template <class... Ts>
decode_function choose(type_list<Ts...>, size_t index) {
  constexpr decode_function all[] = {decode_one<Ts>...};
  return all[index % sizeof...(Ts)];
}

template <class V>
void add_seeds(std::vector<std::string>& seeds, char index) {
  auto random = random_values{static_cast<uint32_t>(index)};
  auto type = std::string{index};
  for (auto i = 0; i < 2; ++i) {
    auto bytes = encoded(random.make<V>());
    seeds.push_back(type + '\2' + payload_of(bytes));
    if (i == 0)
      seeds.push_back(type + '\0' + bytes);
  }
  auto packed = encoded(random.make<V>(), {.level = 1, .threshold = 0});
  if (packed[1] == 1)
    seeds.push_back(type + '\1' + payload_of(packed));
}

template <class... Ts>
void add_all_seeds(type_list<Ts...>, std::vector<std::string>& seeds) {
  char index = 0;
  (add_seeds<Ts>(seeds, index++), ...);
}

} // namespace

void fuzz_decode(std::string_view input) {
  if (input.size() < 2)
    return;
  auto index = static_cast<uint8_t>(input[0]);
  choose(fuzzed_types{}, index)(input[1], input.substr(2));
}

std::vector<std::string> fuzz_seeds() {
  auto seeds = std::vector<std::string>{};
  add_all_seeds(fuzzed_types{}, seeds);
  return seeds;
}
