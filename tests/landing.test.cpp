// How a load ends while others look on: over a store whose first update the
// test stops on the way.

#include "support/world.hpp"
#include "support/wrapped_adapter.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <latch>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// Where an update waits for the test.
struct gate {
  std::atomic<bool> used{false};
  std::latch reached{1};
  std::latch opened{1};

  void pass() {
    if (used.exchange(true))
      return;
    reached.count_down();
    opened.wait();
  }
};

enum class halt { between_decision_and_write, behind_the_write };

/// An ets table that decides without a lock, as stores behind a wire do.
class gated_adapter final : public wrapped_adapter {
public:
  gated_adapter(adapter_ptr table, halt where, std::shared_ptr<gate> at)
    : wrapped_adapter(std::move(table)), where_(where), gate_(std::move(at)) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {"gated", road::direct};
  }

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override {
    auto seen = must(get(key, now));
    auto next = decide(seen ? &*seen : nullptr);
    if (where_ == halt::between_decision_and_write)
      gate_->pass();
    auto written = wrapped_adapter::update(key, now,
                                           [&](const entry*) { return next; });
    if (where_ == halt::behind_the_write)
      gate_->pass();
    return written;
  }

private:
  halt where_;
  std::shared_ptr<gate> gate_;
};

struct gated_options {
  halt where;
  std::shared_ptr<gate> at = std::make_shared<gate>();

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    return std::make_unique<gated_adapter>(ets_options{}.make(context), where,
                                           at);
  }
};

/// A cache in which a load of 42 under "key" has got as far as the gate.
class landing_world : public world {
public:
  explicit landing_world(halt where) {
    gated_options options{.where = where};
    gate_ = options.at;
    start({timed({.name = "xs", .adapter = options})});
    xs = find<int>("xs");
    loader_ = std::thread{[this] {
      answer_ = xs->get_or_create("key", [] { return 42; }, ttl{1s});
    }};
    gate_->reached.wait();
  }

  /// Lets the load end and returns what it has answered.
  int land() {
    gate_->opened.count_down();
    loader_.join();
    return must(answer_);
  }

  std::optional<cache<int>> xs;

private:
  std::shared_ptr<gate> gate_;
  std::thread loader_;
  caf::expected<int> answer_{caf::error{}};
};

} // namespace

TEST_CASE("a value that others have seen expire is loaded anew, though the "
          "load of it has not returned yet",
          "[landing]") {
  landing_world w{halt::behind_the_write};
  auto& xs = *w.xs;
  auto early = must(xs.get("key"));
  w.clock()->advance(1s);
  auto late = must(xs.get_or_create("key", [] { return 3; }));
  auto first = w.land();
  CHECK(early == 42);
  CHECK(late == 3);
  CHECK(first == 42);
  CHECK(must(xs.get("key")) == 3);
}

TEST_CASE("a write wins over a load that is just being stored", "[landing]") {
  auto where = GENERATE(halt::between_decision_and_write,
                        halt::behind_the_write);
  landing_world w{where};
  auto& xs = *w.xs;
  SECTION("erase") {
    must(xs.erase("key"));
    CHECK(w.land() == 42);
    CHECK(must(xs.get("key")) == std::nullopt);
  }
  SECTION("clear") {
    must(xs.clear());
    CHECK(w.land() == 42);
    CHECK(must(xs.get("key")) == std::nullopt);
  }
  auto stats = must(xs.stats());
  CHECK(stats.loads_superseded == 1);
  CHECK(stats.puts == 1);
  CHECK(stats.removed() == 1);
  CHECK(stats.size == 0);
}
