#include "support/world.hpp"
#include "support/wrapped_adapter.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <atomic>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

std::atomic<int> alive{0};

caf::error out_of_reach() {
  return make_error(errc::unavailable, "the store is out of reach");
}

/// An adapter of which every call fails.
class failing_adapter final : public adapter {
public:
  explicit failing_adapter(actor_cache::road road) : road_(road) {
    ++alive;
  }

  ~failing_adapter() override {
    --alive;
  }

  adapter_traits traits() const noexcept override {
    return {"failing", road_};
  }

  caf::expected<std::optional<entry>> get(std::string_view,
                                          time_point) override {
    return out_of_reach();
  }

  caf::expected<version> put(std::string_view, entry, time_point) override {
    return out_of_reach();
  }

  caf::expected<bool> erase(std::string_view, time_point) override {
    return out_of_reach();
  }

  caf::expected<version> update(std::string_view, time_point,
                                decide_fn) override {
    return out_of_reach();
  }

  caf::expected<size_t> size(time_point) override {
    return out_of_reach();
  }

  caf::error clear() override {
    return out_of_reach();
  }

  caf::expected<scan_page> scan(std::string_view, size_t, time_point) override {
    return out_of_reach();
  }

private:
  actor_cache::road road_;
};

/// A user's own adapter is an options struct like this one.
struct failing_options {
  actor_cache::road road = actor_cache::road::direct;

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context&) const {
    return std::make_unique<failing_adapter>(road);
  }
};

/// An adapter that throws where it should return an error.
class throwing_adapter final : public adapter {
public:
  adapter_traits traits() const noexcept override {
    return {"throwing", road::direct};
  }

  caf::expected<std::optional<entry>> get(std::string_view,
                                          time_point) override {
    throw std::runtime_error("a bug in the adapter");
  }

  caf::expected<version> put(std::string_view, entry, time_point) override {
    throw std::bad_alloc();
  }

  caf::expected<bool> erase(std::string_view, time_point) override {
    throw 42;
  }

  caf::expected<version> update(std::string_view, time_point,
                                decide_fn) override {
    throw std::runtime_error("a bug in the adapter");
  }

  caf::expected<size_t> size(time_point) override {
    return size_t{0};
  }

  caf::error clear() override {
    return {};
  }

  caf::expected<scan_page> scan(std::string_view, size_t, time_point) override {
    return scan_page{};
  }
};

struct throwing_options {
  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context&) const {
    return std::make_unique<throwing_adapter>();
  }
};

/// An adapter that cannot be opened.
class closed_adapter final : public wrapped_adapter {
public:
  using wrapped_adapter::wrapped_adapter;

  caf::error start() override {
    return out_of_reach();
  }
};

struct closed_options {
  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    return std::make_unique<closed_adapter>(failing_options{}.make(context));
  }
};

} // namespace

TEST_CASE("each error of a store comes through and nothing hangs or leaks",
          "[contract]") {
  auto road = GENERATE(road::direct, road::mail);
  {
    world w{{cache_spec{.name = "a", .adapter = failing_options{road}}}};
    auto xs = w.find<int>("a");
    auto failed = errc::unavailable;
    CHECK(code_of(xs.get("a")) == failed);
    CHECK(text_of(xs.get("a")) == "the store is out of reach");
    CHECK(code_of(xs.get_view("a")) == failed);
    CHECK(code_of(xs.get_versioned("a")) == failed);
    CHECK(code_of(xs.put("a", 1)) == failed);
    CHECK(code_of(xs.put_new("a", 1)) == failed);
    CHECK(code_of(xs.replace("a", 1)) == failed);
    CHECK(code_of(xs.put_if("a", 1, 1)) == failed);
    CHECK(code_of(xs.rewrite("a", 1, 1)) == failed);
    CHECK(code_of(xs.erase("a")) == failed);
    CHECK(code_of(xs.erase_if("a", 1)) == failed);
    CHECK(code_of(xs.take("a")) == failed);
    CHECK(code_of(xs.touch("a", 1s)) == failed);
    CHECK(code_of(xs.persist("a")) == failed);
    CHECK(code_of(xs.increment("a")) == failed);
    CHECK(code_of(xs.decrement("a")) == failed);
    CHECK(code_of(xs.contains("a")) == failed);
    CHECK(code_of(xs.ttl_of("a")) == failed);
    CHECK(code_of(xs.get_many({"a"})) == failed);
    CHECK(code_of(xs.put_many({{"a", 1}})) == failed);
    CHECK(code_of(xs.erase_many({"a"})) == failed);
    CHECK(code_of(xs.size()) == failed);
    CHECK(code_of(xs.clear()) == failed);
    CHECK(code_of(xs.scan()) == failed);
    CHECK(must(xs.stats()).size == 0); // what was counted is not in the store
    auto loads = 0;
    CHECK(code_of(xs.get_or_create("a", [&] { return ++loads; })) == failed);
    CHECK(loads == 0);
    CHECK(code_of(xs.update("a", [](auto) { return 1; })) == failed);
    CHECK(code_of(xs.for_each([](const std::string&, int) {})) == failed);
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("an exception in a store is an error and no more", "[contract]") {
  world w{{cache_spec{.name = "a", .adapter = throwing_options{}}}};
  auto xs = w.find<int>("a");
  CHECK(code_of(xs.get("a")) == errc::exception);
  CHECK(text_of(xs.get("a")).find("a bug in the adapter") != std::string::npos);
  CHECK(code_of(xs.put("a", 1)) == errc::exception);
  CHECK(code_of(xs.erase("a")) == errc::exception);
  CHECK(code_of(xs.take("a")) == errc::exception);
  CHECK(code_of(xs.get_or_create("a", [] { return 1; })) == errc::exception);
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("a store that cannot be opened keeps its cache from starting",
          "[contract]") {
  world w;
  auto tree = start_supervisor(
    w.system(), {cache_spec{.name = "a", .adapter = closed_options{}}});
  CHECK(code_of(tree) == errc::unavailable);
  CHECK(code_of(cache<int>::find(w.system(), "a")) == errc::unknown_cache);
  CHECK(alive == 0);
  w.start({cache_spec{.name = "a"}});
  must(w.find<int>("a").put("a", 1));
}
