// What is left of a store when an operation on it ends half-way.

#include "actor_cache/detail/caf_compat.hpp"

#include "support/world.hpp"
#include "support/wrapped_adapter.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <caf/blocking_actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// Passes calls on to another adapter, until a write throws.
class stumbling_adapter final : public wrapped_adapter {
public:
  stumbling_adapter(adapter_ptr store,
                    std::shared_ptr<std::atomic<int>> writes_left)
    : wrapped_adapter(std::move(store)), writes_left_(std::move(writes_left)) {
    // nop
  }

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override {
    step();
    return wrapped_adapter::put(key, std::move(next), now);
  }

  caf::expected<bool> erase(std::string_view key, time_point now) override {
    step();
    return wrapped_adapter::erase(key, now);
  }

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override {
    step();
    return wrapped_adapter::update(key, now, decide);
  }

private:
  void step() {
    if (writes_left_->fetch_sub(1) == 0)
      throw std::runtime_error("a bug in the adapter");
  }

  std::shared_ptr<std::atomic<int>> writes_left_;
};

struct stumbling_options {
  road way = road::mail;

  std::shared_ptr<std::atomic<int>> writes_left
    = std::make_shared<std::atomic<int>>(1'000'000);

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    auto store = way == road::mail ? agent_options{}.make(context)
                                   : ets_options{}.make(context);
    return std::make_unique<stumbling_adapter>(std::move(store), writes_left);
  }
};

} // namespace

TEST_CASE("an operation that breaks off leaves the store consistent",
          "[supervisor]") {
  stumbling_options options{GENERATE(road::direct, road::mail)};
  world w{{cache_spec{.name = "xs", .adapter = options}}};
  auto xs = w.find<int>("xs").waiting(1min);
  must(xs.put_many({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}}));
  *options.writes_left = 2;
  auto broken = xs.put_many({{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}});
  CHECK(code_of(broken) == errc::exception);
  if (options.way == road::mail) // else no actor was in it
    wait_until([&] { return w.child("xs").restarts == 1; });
  // Each entry is the old one or the new one, and all calls agree on which.
  size_t seen = 0;
  must(xs.for_each([&](const std::string& key, int value) {
    ++seen;
    CHECK(value == (key < "c" ? 2 : 1));
    CHECK(must(xs.get(key)) == value);
  }));
  CHECK(seen == 4);
  CHECK(must(xs.size()) == 4);
  must(xs.put("c", 3));
  CHECK(must(xs.update("c", [](std::optional<int> x) { return *x + 1; })) == 4);
  CHECK(must(xs.get("c")) == 4);
}

TEST_CASE("a load whose value cannot be stored wedges nothing",
          "[supervisor]") {
  stumbling_options options{GENERATE(road::direct, road::mail)};
  world w{{cache_spec{.name = "xs", .adapter = options}}};
  auto xs = w.find<int>("xs").waiting(1min);
  *options.writes_left = 0;
  auto broken = xs.get_or_create("a", [] { return 1; });
  CHECK(code_of(broken) == errc::exception);
  load_options brief = {.wait_timeout = 10s};
  CHECK(must(xs.get_or_create("a", [] { return 2; }, brief)) == 2);
}

TEST_CASE("a handle by mail waits as long as it was told to", "[timeout]") {
  world w;
  auto silent = w.system().spawn([](caf::blocking_actor* self) {
    self->receive([](caf::ok_atom) {}); // all else stays in its mailbox
  });
  auto xs = cache<int>::over_mail(w.system(), "silent",
                                  caf::actor_cast<cache_actor>(silent));
  auto began = std::chrono::steady_clock::now();
  auto hasty = xs.within(10ms);
  CHECK(code_of(hasty.get("a")) == errc::timeout);
  CHECK(code_of(hasty.put("a", 1)) == errc::timeout);
  CHECK(code_of(hasty.update("a", [](auto) { return 1; })) == errc::timeout);
  CHECK(code_of(xs.within(0s).get("a")) == errc::timeout);
  std::promise<errc> answer;
  w.system().spawn([&](caf::event_based_actor* self) {
    hasty.async(self).get("a").then([](std::optional<int>) {},
                                    [&](caf::error& err) {
                                      answer.set_value(
                                        static_cast<errc>(err.code()));
                                    });
  });
  CHECK(answer.get_future().get() == errc::timeout);
  CHECK(std::chrono::steady_clock::now() - began < cache_spec{}.call_timeout);
  detail::anon_send(silent, caf::ok_atom_v);
}
