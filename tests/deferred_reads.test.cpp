// Reads by mail that nobody waits for: over a table whose reads wait until the
// test answers them.

#include "support/world.hpp"
#include "support/wrapped_adapter.hpp"

#include "actor_cache/deferred_reads.hpp"
#include "actor_cache/telemetry.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// The reads that wait for the test, and how many of others came by.
class desk {
public:
  void put(deferred_reads::reader next) {
    std::lock_guard guard{mtx_};
    readers_.push_back(std::move(next));
  }

  /// Waits for the next read.
  deferred_reads::reader take() {
    wait_until([&] {
      std::lock_guard guard{mtx_};
      return !readers_.empty();
    });
    std::lock_guard guard{mtx_};
    auto result = std::move(readers_.front());
    readers_.pop_front();
    return result;
  }

  /// Reads by `adapter::get`.
  std::atomic<size_t> gets{0};

private:
  std::mutex mtx_;
  std::deque<deferred_reads::reader> readers_;
};

using desk_ptr = std::shared_ptr<desk>;

class deferring_adapter final : public wrapped_adapter, private deferred_reads {
public:
  deferring_adapter(adapter_ptr table, desk_ptr at)
    : wrapped_adapter(std::move(table)), desk_(std::move(at)) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {.name = "deferring", .may_wait = true, .suspends = true};
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    ++desk_->gets;
    return wrapped_adapter::get(key, now);
  }

  void* find_capability(std::string_view name) noexcept override {
    if (name == deferred_reads::capability_name)
      return static_cast<deferred_reads*>(this);
    return wrapped_adapter::find_capability(name);
  }

private:
  void begin_get(reader whose) override {
    desk_->put(std::move(whose));
  }

  desk_ptr desk_;
};

struct deferring_options {
  desk_ptr at;

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    return std::make_unique<deferring_adapter>(ets_options{}.make(context), at);
  }
};

/// A cache behind a desk.
class desk_world : public world {
public:
  desk_world() {
    start({cache_spec{.name = "xs", .adapter = deferring_options{at}}});
    xs = find<int>("xs");
  }

  using answer = caf::expected<std::optional<int>>;

  /// Has an actor of its own ask for `key`.
  std::future<answer> ask(const std::string& key) {
    auto result = std::make_shared<std::promise<answer>>();
    auto future = result->get_future();
    system().spawn([=, xs = *xs](caf::event_based_actor* self) {
      xs.async(self).get(key).then(
        [=](const std::optional<int>& x) { result->set_value(x); },
        [=](const caf::error& err) { result->set_value(err); });
    });
    return future;
  }

  desk_ptr at = std::make_shared<desk>();
  std::optional<cache<int>> xs;
};

} // namespace

TEST_CASE("a read by mail that nobody waits for is answered when the store is",
          "[deferred reads]") {
  desk_world w;
  auto answer = w.ask("one");
  auto read = w.at->take();
  CHECK(read.key() == "one");
  SECTION("with a value") {
    read.answer(std::optional{entry{term::of(1)}});
    CHECK(must(answer.get()) == 1);
    CHECK(must(w.xs->stats()).hits == 1);
  }
  SECTION("with nothing") {
    read.answer(std::optional<entry>{});
    CHECK(must(answer.get()) == std::nullopt);
    CHECK(must(w.xs->stats()).misses == 1);
  }
  SECTION("with an entry that is over, but kept") {
    read.answer(std::optional{entry{term::of(1), read.now()}});
    CHECK(must(answer.get()) == std::nullopt);
    CHECK(must(w.xs->stats()).misses == 1);
  }
  SECTION("with an error") {
    read.answer(make_error(errc::unavailable, "gone"));
    CHECK(code_of(answer.get()) == errc::unavailable);
    CHECK(must(w.xs->stats()).misses == 0);
  }
  CHECK(w.at->gets == 0);
}

TEST_CASE("any number of reads wait at once, and may be answered in any order",
          "[deferred reads]") {
  desk_world w;
  std::vector<std::future<desk_world::answer>> answers;
  for (auto i = 0; i < 50; ++i)
    answers.push_back(w.ask(std::to_string(i)));
  std::vector<deferred_reads::reader> reads;
  for (auto i = 0; i < 50; ++i)
    reads.push_back(w.at->take());
  for (; !reads.empty(); reads.pop_back())
    reads.back().answer(std::optional{
      entry{term::of(std::stoi(std::string{reads.back().key()}))}});
  for (auto i = 0; i < 50; ++i)
    CHECK(must(answers[static_cast<size_t>(i)].get()) == i);
}

TEST_CASE("a store that cannot tell is asked in the ordinary way",
          "[deferred reads]") {
  desk_world w;
  must(w.xs->put("one", 1));
  auto answer = w.ask("one");
  w.at->take().ask_again();
  CHECK(must(answer.get()) == 1);
  CHECK(w.at->gets == 1);
}

TEST_CASE("a read that its store lets go of is answered, too",
          "[deferred reads]") {
  desk_world w;
  auto answer = w.ask("one");
  w.at->take(); // and drops it
  CHECK(code_of(answer.get()) == errc::unavailable);
}

TEST_CASE("while telemetry watches, reads are made in the ordinary way",
          "[deferred reads]") {
  desk_world w;
  must(w.xs->put("one", 1));
  std::atomic<size_t> seen{0};
  REQUIRE(telemetry::attach(w.system(), "watcher", "actor_cache.cache.get.stop",
                            [&](const telemetry::event_view&) { ++seen; })
            .empty());
  CHECK(must(w.ask("one").get()) == 1);
  CHECK(w.at->gets == 1);
  CHECK(seen == 1);
  CHECK(telemetry::detach(w.system(), "watcher").empty());
}

TEST_CASE("a read outlives the actor that began it", "[deferred reads]") {
  desk_world w;
  must(w.xs->put("one", 1));
  auto first = w.ask("one");
  auto found = w.at->take();
  auto second = w.ask("one");
  auto unclear = w.at->take();
  w.crash("xs");
  wait_until([&] { return w.child("xs").restarts == 1; });
  found.answer(std::optional{entry{term::of(1)}});
  CHECK(must(first.get()) == 1);
  unclear.ask_again();
  CHECK(code_of(second.get()) == errc::cache_not_running);
}
