// Actors that run on CAF's scheduler use a cache that answers by mail. None of
// them ever blocks: each call takes the actor and what to do with the answer.
//
// usage: 03_async_from_actors [file of package records]

#include "actor_cache/actor_cache.hpp"

#include "support/mail.hpp"
#include "support/must.hpp"
#include "support/package_file.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace examples;

using package_cache = actor_cache::cache<package>;
using counter_cache = actor_cache::cache<uint64_t>;

/// Says in one line what the package of a name is for.
using desk_actor = caf::typed_actor<caf::result<std::string>(std::string)>;

class desk_state {
public:
  desk_state(desk_actor::pointer self, package_file source,
             const package_cache& packages, const counter_cache& questions)
    : self_(self),
      source_(std::move(source)),
      packages_(packages.async(self)),
      questions_(questions.async(self)) {
    // nop
  }

  desk_actor::behavior_type make_behavior() {
    return {
      [this](const std::string& name) { return describe(name); },
    };
  }

private:
  caf::result<std::string> describe(const std::string& name) {
    auto promise = std::make_shared<caf::typed_response_promise<std::string>>(
      self_->make_response_promise<std::string>());
    auto failed = [promise](caf::error& reason) {
      promise->deliver(std::move(reason));
    };
    auto load = [this, name] { return source_.find(name); };
    // While the answers are on their way, the desk listens to the next one who
    // asks.
    packages_.get_or_create(name, load)
      .then(
        [this, promise, failed](const package& found) {
          auto text = fmt::format("{}: {}", found.name, found.summary);
          questions_.increment(found.name)
            .then(
              [promise, text = std::move(text)](uint64_t nth) {
                promise->deliver(fmt::format("{} (asked {} times)", text, nth));
              },
              failed);
        },
        failed);
    return *promise;
  }

  desk_actor::pointer self_;
  package_file source_;
  actor_cache::async_cache<package, desk_actor::impl> packages_;
  actor_cache::async_cache<uint64_t, desk_actor::impl> questions_;
};

/// Has all desks asked for all names at once; prints what the last one said.
void ask_desks(caf::actor_system& system, const std::vector<desk_actor>& desks,
               const std::vector<std::string>& names) {
  caf::scoped_actor self{system};
  auto question = [&](const desk_actor& desk, const std::string& name) {
    return ask(self, desk, std::chrono::seconds{10}, name);
  };
  std::vector<decltype(question(desks[0], names[0]))> pending;
  for (const auto& desk : desks)
    for (const auto& name : names)
      pending.push_back(question(desk, name));
  size_t answers = 0;
  for (auto& answer : pending)
    std::move(answer).receive(
      [&](const std::string& text) {
        if (++answers == pending.size())
          fmt::print("{}\n", text);
      },
      [](const caf::error& reason) {
        fmt::print("no answer: {}\n", actor_cache::message_of(reason));
      });
  fmt::print("{} of {} questions answered\n", answers, pending.size());
}

void run(const package_file& source) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  using actor_cache::agent_options;
  using actor_cache::cache_spec;
  auto supervisor = must(actor_cache::start_supervisor(
    system, {cache_spec{.name = "packages", .adapter = agent_options{}},
             cache_spec{.name = "questions", .adapter = agent_options{}}}));
  auto packages = must(package_cache::find(system, "packages"));
  auto questions = must(counter_cache::find(system, "questions"));
  using desk = desk_actor::stateful_impl<desk_state>;
  std::vector<desk_actor> desks;
  for (auto i = 0; i < 3; ++i)
    desks.push_back(system.spawn<desk>(source, packages, questions));

  ask_desks(system, desks, source.names());
  auto seen = must(packages.stats());
  fmt::print("{} packages were loaded, {} times all in all\n", seen.size,
             seen.loads);
  ask_desks(system, {desks.front()}, {"no-such-package"});
  must(actor_cache::stop_supervisor(system, supervisor));
  ask_desks(system, {desks.front()}, {source.names().front()});
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  try {
    run(must(
      package_file::open(argc > 1 ? argv[1] : package_file::default_path)));
  } catch (const std::exception& ex) {
    fmt::print(stderr, "03_async_from_actors: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}
