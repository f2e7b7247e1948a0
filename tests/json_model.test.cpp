#include "../adapters/json/path.hpp"

#include "support/json_fixture.hpp"

#include "actor_cache/json_path.hpp"

#include <catch2/catch_test_macros.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::detail;
using namespace actor_cache::test;

// Commands against a model that is written differently.

namespace {

/// A document as a tree of its own, edited by recursion; knows legacy paths
/// that are lists of names and indexes.
class model {
public:
  using json = nlohmann::ordered_json;
  using path = std::vector<json_step>;

  std::optional<json> root;

  redis_reply get(const path& p) {
    if (!root)
      return {};
    const auto* x = walk(*root, p, 0);
    return x != nullptr ? redis_reply{x->dump()} : missing();
  }

  redis_reply set(const path& p, const json& value) {
    if (p.empty()) {
      root = value;
      return "OK";
    }
    if (!root)
      return missing();
    auto* parent = walk(*root, {p.begin(), p.end() - 1}, 0);
    if (parent == nullptr)
      return {};
    if (const auto* name = std::get_if<std::string>(&p.back())) {
      if (!parent->is_object())
        return {};
      (*parent)[*name] = value;
      return "OK";
    }
    auto* x = walk(*root, p, 0);
    if (x == nullptr)
      return {};
    *x = value;
    return "OK";
  }

  redis_reply erase(const path& p) {
    if (!root)
      return int64_t{0};
    if (p.empty()) {
      root.reset();
      return int64_t{1};
    }
    if (walk(*root, p, 0) == nullptr)
      return int64_t{0};
    auto* parent = walk(*root, {p.begin(), p.end() - 1}, 0);
    if (const auto* name = std::get_if<std::string>(&p.back()))
      parent->erase(*name);
    else
      parent->erase(slot(*parent, std::get<int64_t>(p.back())));
    return int64_t{1};
  }

  redis_reply append(const path& p, const json& value) {
    auto* x = root ? walk(*root, p, 0) : nullptr;
    if (x == nullptr || !x->is_array())
      return missing();
    x->push_back(value);
    return static_cast<int64_t>(x->size());
  }

  redis_reply increment(const path& p, int64_t by) {
    auto* x = root ? walk(*root, p, 0) : nullptr;
    if (x == nullptr || !x->is_number())
      return missing();
    if (x->is_number_float())
      *x = x->get<double>() + static_cast<double>(by);
    else
      *x = x->get<int64_t>() + by;
    return x->dump();
  }

  static redis_reply missing() {
    return redis_error{};
  }

private:
  static size_t slot(const json& x, int64_t index) {
    return index < 0 ? x.size() - static_cast<size_t>(-index)
                     : static_cast<size_t>(index);
  }

  static json* walk(json& x, const path& p, size_t depth) {
    if (depth == p.size())
      return &x;
    if (const auto* name = std::get_if<std::string>(&p[depth]))
      return x.is_object() && x.contains(*name) ? walk(x[*name], p, depth + 1)
                                                : nullptr;
    auto i = slot(x, std::get<int64_t>(p[depth]));
    return x.is_array() && i < x.size() ? walk(x[i], p, depth + 1) : nullptr;
  }
};

class random_json {
public:
  explicit random_json(unsigned seed) : random_(seed) {
    // nop
  }

  int pick(int n) {
    return std::uniform_int_distribution{0, n - 1}(random_);
  }

  nlohmann::ordered_json value(int depth = 0) {
    switch (pick(depth > 3 ? 5 : 7)) {
      case 0:
        return nullptr;
      case 1:
        return pick(2) == 0;
      case 2:
        return pick(100) - 50;
      case 3:
        return pick(100) / 4.0;
      case 4:
        return std::string(static_cast<size_t>(pick(3)), 'x');
      case 5: {
        auto xs = nlohmann::ordered_json::array();
        for (auto n = pick(4); n > 0; --n)
          xs.push_back(value(depth + 1));
        return xs;
      }
      default: {
        auto xs = nlohmann::ordered_json::object();
        for (auto n = pick(4); n > 0; --n)
          xs[name()] = value(depth + 1);
        return xs;
      }
    }
  }

  std::string name() {
    constexpr std::array names{"a", "b", "c d", "e.f"};
    return names[static_cast<size_t>(pick(4))];
  }

  model::path path() {
    model::path result;
    for (auto n = pick(4); n > 0; --n)
      if (pick(2) == 0)
        result.emplace_back(name());
      else
        result.emplace_back(int64_t{pick(7) - 3});
    return result;
  }

private:
  std::mt19937 random_;
};

std::string text_of(const model::path& steps) {
  std::vector<json_path::step> out;
  for (const auto& x : steps)
    if (const auto* name = std::get_if<std::string>(&x))
      out.emplace_back(*name);
    else
      out.emplace_back(std::get<int64_t>(x));
  return json_path{out}.text();
}

} // namespace

TEST_CASE("random edits give what a model gives", "[json]") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    random_json random{seed};
    json_fixture subject;
    model expected;
    for (auto i = 0; i < 500; ++i) {
      auto path = random.path();
      auto text = text_of(path);
      auto value = random.value();
      redis_reply got;
      redis_reply want;
      switch (random.pick(6)) {
        case 0:
        case 1:
          got = subject.run("SET", {text, value.dump()});
          want = expected.set(path, value);
          break;
        case 2:
          got = subject.run("GET", {text});
          want = expected.get(path);
          break;
        case 3:
          if (path.empty())
            continue; // rarely enough a whole document
          got = subject.run("DEL", {text});
          want = expected.erase(path);
          break;
        case 4:
          got = subject.run("ARRAPPEND", {text, value.dump()});
          want = expected.append(path, value);
          break;
        default:
          got = subject.run("NUMINCRBY", {text, "7"});
          want = expected.increment(path, 7);
      }
      INFO("seed " << seed << " step " << i << " path " << text << " value "
                   << value);
      if (want.error() != nullptr)
        REQUIRE(got.error() != nullptr);
      else
        REQUIRE(got == want);
      REQUIRE(subject.text()
              == (expected.root ? expected.root->dump() : "(none)"));
    }
  }
}
