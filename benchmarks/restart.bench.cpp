// How long a caller waits for an answer when the actor that would give it is
// killed: from the exit message to the first good answer. Beside it the same
// call without a crash, and what an application would write by hand: an actor
// that monitors another one and spawns it again.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/detail/caf_compat.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <memory>
#include <string>

namespace {

using namespace std::literals;

using actor_cache::cache;
using actor_cache::cache_spec;

// -- the subjects -------------------------------------------------------------

/// A supervised cache, asked through a handle.
class supervised {
public:
  supervised(caf::actor_system& system, actor_cache::adapter_options adapter)
    : system_(system),
      tree_(*actor_cache::start_supervisor(
        system, {cache_spec{.name = "users", .adapter = std::move(adapter)}},
        {.name = "app", .max_restarts = std::numeric_limits<int>::max()})),
      users_(cache<int>::find(system, "users")->waiting(5s)),
      at_(*actor_cache::address::find(system, "app/users")) {
    static_cast<void>(users_.put("a", 1));
  }

  ~supervised() {
    static_cast<void>(actor_cache::stop_supervisor(system_, tree_));
  }

  bool ask() {
    return static_cast<bool>(users_.get("a"));
  }

  void kill() {
    if (auto victim = at_.current(5s))
      caf::anon_send_exit(*victim, caf::exit_reason::kill);
  }

private:
  caf::actor_system& system_;
  actor_cache::supervisor_actor tree_;
  cache<int> users_;
  actor_cache::address at_;
};

/// An actor that answers, and one that monitors it, spawns it again, and passes
/// requests on.
class by_hand {
public:
  explicit by_hand(caf::actor_system& system)
    : self_(system), front_(system.spawn(front)) {
    // nop
  }

  ~by_hand() {
    caf::anon_send_exit(front_, caf::exit_reason::user_shutdown);
    self_->wait_for(front_);
  }

  bool ask() {
    auto answered = false;
    actor_cache::detail::request(self_.ptr(), front_, 5s, 1)
      .receive([&](int) { answered = true; }, [](const caf::error&) {});
    return answered;
  }

  void kill() {
    actor_cache::detail::anon_send(front_, caf::delete_atom_v);
  }

private:
  static caf::behavior answerer(caf::event_based_actor*) {
    return {
      [](int x) { return x; },
    };
  }

  struct state {
    explicit state(caf::event_based_actor* self) : self(self), monitors(self) {
      respawn();
    }

    void respawn() {
      worker = self->spawn<caf::hidden>(answerer);
      monitors.watch(caf::actor_cast<caf::strong_actor_ptr>(worker),
                     [this](const caf::error&) { respawn(); });
    }

    caf::event_based_actor* self;
    actor_cache::detail::monitors<caf::event_based_actor> monitors;
    caf::actor worker;
  };

  static caf::behavior front(caf::event_based_actor* self) {
    auto at = std::make_shared<state>(self);
    return {
      [=](int x) { return actor_cache::detail::delegate(self, at->worker, x); },
      [=](caf::delete_atom) {
        caf::anon_send_exit(at->worker, caf::exit_reason::kill);
      },
    };
  }

  caf::scoped_actor self_;
  caf::actor front_;
};

// -- the measurement ----------------------------------------------------------

template <class Subject>
void answers(benchmark::State& state, Subject& subject) {
  for (auto _ : state)
    if (!subject.ask())
      state.SkipWithError("no answer");
}

template <class Subject>
void answers_after_a_crash(benchmark::State& state, Subject& subject) {
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    subject.kill();
    while (!subject.ask()) {
      // Its actor ended before it could answer.
    }
    std::chrono::duration<double> took = std::chrono::steady_clock::now()
                                         - start;
    state.SetIterationTime(took.count());
  }
}

template <class Make>
void add(const std::string& name, Make make) {
  benchmark::RegisterBenchmark(("answer/" + name).c_str(),
                               [=](benchmark::State& state) {
                                 auto subject = make();
                                 answers(state, *subject);
                               })
    ->UseRealTime();
  benchmark::RegisterBenchmark(("answer_after_a_crash/" + name).c_str(),
                               [=](benchmark::State& state) {
                                 auto subject = make();
                                 answers_after_a_crash(state, *subject);
                               })
    ->UseManualTime();
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  add("agent", [&] {
    return std::make_unique<supervised>(system, actor_cache::agent_options{});
  });
  add("ets", [&] {
    return std::make_unique<supervised>(system, actor_cache::ets_options{});
  });
  add("by_hand", [&] { return std::make_unique<by_hand>(system); });
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
