#include "support/world.hpp"

#include <caf/actor_registry.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

constexpr size_t client_count = 8;
constexpr std::array cache_names{"ets-1", "ets-2", "agent-1", "agent-2"};

/// What all clients have seen.
struct tally {
  std::atomic<bool> over = false;
  std::atomic<size_t> running = client_count;
  std::atomic<uint64_t> sent = 0;
  std::atomic<uint64_t> answered = 0;
  std::atomic<uint64_t> refused = 0;
  std::atomic<uint64_t> lost = 0;
  std::atomic<uint64_t> odd = 0;
};

/// Writes keys of its own and reads them back, one request after the other.
class client {
public:
  client(caf::event_based_actor* self, std::vector<cache<int>> caches,
         tally& seen)
    : self_(self),
      caches_(std::move(caches)),
      seen_(seen),
      random_(self->id()) {
    // nop
  }

  caf::behavior make_behavior() {
    next();
    return {
      [](int) {},
    };
  }

private:
  /// What a key may hold: what was acknowledged last, or what was written since
  /// by calls whose actor died.
  struct possible {
    std::set<int> values;
    bool acknowledged = false;
  };

  void next() {
    if (seen_.over) {
      --seen_.running;
      self_->quit();
      return;
    }
    auto index = random_() % caches_.size();
    auto key = fmt::format("{}-{}", self_->id(), random_() % 20);
    ++seen_.sent;
    if (random_() % 2 == 0)
      put(index, key);
    else
      get(index, key);
  }

  void put(size_t index, const std::string& key) {
    auto value = ++last_;
    auto& expected = expected_[{index, key}];
    caches_[index]
      .async(self_, 1min)
      .put(key, value)
      .then(
        [this, &expected, value] {
          expected = {{value}, true};
          answered();
        },
        [this, &expected, value](const caf::error& err) {
          expected.values.insert(value);
          refused(err);
        });
  }

  void get(size_t index, const std::string& key) {
    const auto& expected = expected_[{index, key}];
    caches_[index]
      .async(self_, 1min)
      .get(key)
      .then(
        [this, &expected](std::optional<int> x) {
          if (x ? !expected.values.contains(*x) : expected.acknowledged)
            ++seen_.lost;
          answered();
        },
        [this](const caf::error& err) { refused(err); });
  }

  void answered() {
    ++seen_.answered;
    next();
  }

  void refused(const caf::error& err) {
    ++seen_.refused;
    if (err != errc::cache_not_running)
      ++seen_.odd;
    answered();
  }

  caf::event_based_actor* self_;
  std::vector<cache<int>> caches_;
  tally& seen_;
  std::minstd_rand random_;
  int last_ = 0;
  std::map<std::pair<size_t, std::string>, possible> expected_;
};

cache_spec short_lived_mail(std::string name, adapter_options adapter) {
  // Mail to itself keeps an actor in memory until it is due.
  return {.name = std::move(name),
          .adapter = std::move(adapter),
          .sweep_interval = 10ms};
}

/// Returns how long to go on. With sanitizers, which slow all but the clock,
/// the preset asks for less.
std::chrono::seconds how_long() {
  const auto* seconds = std::getenv("ACTOR_CACHE_CHAOS_SECONDS");
  return std::chrono::seconds{seconds != nullptr ? std::stoi(seconds) : 30};
}

} // namespace

TEST_CASE("nothing is lost, hangs or leaks while caches are killed again and "
          "again",
          "[chaos]") {
  world w;
  auto running_before = w.system().registry().running();
  auto tree = must(start_supervisor(
    w.system(),
    {short_lived_mail("ets-1", ets_options{}),
     short_lived_mail("ets-2", ets_options{.compressed = true}),
     short_lived_mail("agent-1", agent_options{}),
     short_lived_mail("agent-2", agent_options{})},
    {.max_restarts = 1'000'000'000}));
  std::vector<cache<int>> caches;
  for (const auto* name : cache_names)
    caches.push_back(w.find<int>(name));
  tally seen;
  for (size_t i = 0; i < client_count; ++i)
    w.system().spawn([&](caf::event_based_actor* self) {
      auto state = std::make_shared<client>(self, caches, seen);
      self->attach_functor([state] {});
      return state->make_behavior();
    });
  std::minstd_rand random{4711};
  std::vector<caf::weak_actor_ptr> victims;
  auto until = std::chrono::steady_clock::now() + how_long();
  while (std::chrono::steady_clock::now() < until) {
    auto index = random() % cache_names.size();
    auto before = must(which_children(w.system(), tree)).at(index);
    if (before.actor == nullptr)
      continue;
    victims.push_back(caf::actor_cast<caf::weak_actor_ptr>(before.actor));
    caf::anon_send_exit(before.actor, caf::exit_reason::kill);
    before.actor = nullptr;
    wait_until([&] {
      return must(which_children(w.system(), tree)).at(index).restarts
             > before.restarts;
    });
  }
  seen.over = true;
  wait_until([&] { return seen.running == 0; });
  CHECK(seen.sent == seen.answered);
  CHECK(seen.lost == 0);
  CHECK(seen.odd == 0);
  CHECK(victims.size() > 100);
  // There was load, and it felt the kills.
  CHECK(seen.answered > 1'000);
  CHECK(seen.refused > 0);
  must(stop_supervisor(w.system(), tree));
  auto gone = [](const caf::weak_actor_ptr& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x) == nullptr;
  };
  wait_until([&] { return std::all_of(victims.begin(), victims.end(), gone); });
  wait_until([&] { return w.system().registry().running() == running_before; });
}
