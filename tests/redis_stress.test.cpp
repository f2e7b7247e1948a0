// Threads and jobs of actors on one connection, while all goes wrong.

#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include <caf/event_based_actor.hpp>

#include <atomic>
#include <future>
#include <random>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

redis_options at(const redis_server& server) {
  return {.host = server.host(), .port = server.port()};
}

/// Does something bad to a server, again and again. A server ends with the
/// thread that has started it, so the test's own thread does that.
class troublemaker {
public:
  troublemaker(redis_server& server, bool hangs)
    : server_(server), hangs_(hangs) {
    // nop
  }

  /// Goes on until somebody calls `stop`.
  void run() {
    std::minstd_rand random{std::random_device{}()};
    while (!stop_) {
      await_calls(random() % 500);
      if (random() % 20 == 0)
        server_.restart();
      else if (hangs_ && random() % 4 == 0)
        hang();
      else
        cut();
    }
  }

  void stop() {
    stop_ = true;
  }

  /// To be told of each call that has ended.
  void note() {
    ++calls_;
  }

private:
  void await_calls(size_t count) {
    auto goal = calls_ + count;
    wait_until([&] { return stop_ || calls_ >= goal; });
  }

  void cut() {
    redis_client client{server_.socket()};
    client({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }

  void hang() {
    server_.pause();
    await_calls(200);
    server_.resume();
  }

  redis_server& server_;
  const bool hangs_;
  std::atomic<size_t> calls_{0};
  std::atomic<bool> stop_{false};
};

/// Puts and gets keys of its own; each value must belong to its key.
template <class Note>
size_t wrong_answers(const cache<std::string>& xs, size_t who, size_t count,
                     Note note) {
  size_t wrong = 0;
  for (size_t i = 0; i < count; ++i) {
    auto key = std::to_string(who) + ":" + std::to_string(i % 50);
    if (i % 3 == 0)
      static_cast<void>(xs.put(key, key));
    else if (auto found = xs.get(key); found && *found && **found != key)
      ++wrong;
    note();
  }
  return wrong;
}

/// An actor that has `width` calls under way at any time.
struct caller_state {
  caller_state(caf::event_based_actor* self, cache<std::string> xs, size_t who,
               size_t count, std::function<void()> note,
               std::shared_ptr<std::promise<size_t>> done)
    : self_(self),
      xs_(std::move(xs)),
      who_(who),
      left_(count),
      note_(std::move(note)),
      done_(std::move(done)) {
    for (size_t i = 0; i < 10; ++i)
      next();
  }

  void next() {
    if (left_ == 0) {
      if (under_way_ == 0)
        done_->set_value(wrong_);
      return;
    }
    --left_;
    ++under_way_;
    auto key = std::to_string(who_) + ":" + std::to_string(left_ % 50);
    auto calls = xs_.async(self_);
    if (left_ % 3 == 0)
      calls.put(key, key).then([this] { ended(); },
                               [this](caf::error&) { ended(); });
    else
      calls.get(key).then(
        [this, key](const std::optional<std::string>& found) {
          if (found && *found != key)
            ++wrong_;
          ended();
        },
        [this](caf::error&) { ended(); });
  }

  void ended() {
    --under_way_;
    note_();
    next();
  }

  caf::event_based_actor* self_;
  cache<std::string> xs_;
  size_t who_;
  size_t left_;
  size_t under_way_ = 0;
  size_t wrong_ = 0;
  std::function<void()> note_;
  std::shared_ptr<std::promise<size_t>> done_;
};

void stress(redis_options options, redis_server& server, bool hangs) {
  options.command_timeout = 1s;
  options.connect_timeout = 1s;
  options.reconnect_delay = 1ms;
  options.max_reconnect_delay = 5ms;
  redis_world w{options};
  auto direct = w.open();
  auto by_mail = cache<std::string>::over_mail(w.system(), "redis",
                                               must(direct.actor()));
  std::atomic<size_t> wrong{0};
  troublemaker trouble{server, hangs};
  auto note = [&] { trouble.note(); };
  std::vector<std::shared_ptr<std::promise<size_t>>> ends;
  for (size_t i = 0; i < 4; ++i) {
    ends.push_back(std::make_shared<std::promise<size_t>>());
    w.system().spawn([&, i, done = ends.back()](caf::event_based_actor* self) {
      auto state = std::make_shared<caller_state>(self, by_mail, 100 + i, 2000,
                                                  note, done);
      self->attach_functor([state] {}); // lives as long as the actor
    });
  }
  std::thread callers{[&] {
    on_threads(6, [&](size_t index) {
      wrong += wrong_answers(index % 3 == 0 ? by_mail : direct, index, 1500,
                             note);
    });
    for (auto& x : ends)
      wrong += x->get_future().get();
    trouble.stop();
  }};
  trouble.run();
  callers.join();
  CHECK(wrong == 0);
  wait_until([&] { return static_cast<bool>(direct.get("a")); });
  wait_until([&] { return static_cast<bool>(by_mail.get("a")); });
}

} // namespace

TEST_CASE("each answer belongs to its question while connections break",
          "[redis stress]") {
  redis_server server;
  stress(at(server), server, false);
}

TEST_CASE("each answer belongs to its question while the server hangs",
          "[redis stress]") {
  redis_server server;
  stress(at(server), server, true);
}
