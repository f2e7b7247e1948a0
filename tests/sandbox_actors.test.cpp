#include "actor_cache/detail/caf_compat.hpp"

#include "support/sandbox_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <functional>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// Which sandbox an actor belongs to.

namespace {

/// Waits for what an actor has found out.
template <class T>
class answer {
public:
  auto deliver() {
    return [this](T x) { promise_.set_value(std::move(x)); };
  }

  T get() {
    return promise_.get_future().get();
  }

private:
  std::promise<T> promise_;
};

/// Makes an actor that, asked for a key, looks it up on its own thread.
caf::behavior look_up(caf::event_based_actor*, cache<int> xs) {
  return {
    [xs](const std::string& key) -> caf::result<int> {
      auto found = xs.get(key);
      if (!found)
        return std::move(found.error());
      return found->value_or(-1);
    },
  };
}

template <class Handle>
caf::expected<int>
ask(caf::actor_system& system, const Handle& to, std::string key) {
  caf::scoped_actor self{system};
  caf::expected<int> result{caf::error{}};
  detail::request(self.ptr(), to, 10s, std::move(key))
    .receive([&](int x) { result = x; },
             [&](caf::error& err) { result = std::move(err); });
  return result;
}

} // namespace

TEST_CASE("an actor owns a sandbox, which ends with it", "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto first = w.system().spawn(look_up, users);
  auto second = w.system().spawn(look_up, users);
  auto box = must(w.registry.start(first, {"users"}));
  must(w.registry.start(second, {"users"}));
  {
    auto bound = box.bind();
    must(users.put("key", 1));
  }
  CHECK(must(ask(w.system(), first, "key")) == 1);
  CHECK(must(ask(w.system(), second, "key")) == -1);
  CHECK(w.registry.size() == 2);
  caf::anon_send_exit(first, caf::exit_reason::kill);
  wait_until([&] { return !box.running(); });
  CHECK(w.registry.size() == 1);
  CHECK(code_of(w.registry.find(first)) == errc::no_sandbox);
  must(w.registry.find(second)).stop();
  CHECK(w.registry.size() == 0);
  auto refused = ask(w.system(), second, "key");
  CHECK(code_of(refused) == errc::no_sandbox);
  says(refused.error(), "box.allow(actor)");
  caf::anon_send_exit(second, caf::exit_reason::user_shutdown);
}

TEST_CASE("actors belong to whom they are allowed for, transitively",
          "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto box = must(w.registry.start_here({"users"}));
  must(users.put("key", 1));
  auto child = w.system().spawn(look_up, users);
  auto grandchild = w.system().spawn(look_up, users);
  CHECK(code_of(ask(w.system(), child, "key")) == errc::no_sandbox);
  must(box.allow(child));
  must(box.allow(child)); // twice is fine
  must(w.registry.allow(grandchild, child));
  CHECK(must(ask(w.system(), child, "key")) == 1);
  CHECK(must(ask(w.system(), grandchild, "key")) == 1);
  SECTION("to one only") {
    auto refused = elsewhere([&] {
      auto there = w.registry.start_here({"users"});
      return there ? there->allow(child) : std::move(there.error());
    });
    CHECK(code_of(refused) == errc::name_taken);
  }
  SECTION("until the sandbox ends") {
    box.stop();
    CHECK(code_of(ask(w.system(), grandchild, "key")) == errc::no_sandbox);
  }
  SECTION("of which an end of one is no end for the others") {
    caf::anon_send_exit(child, caf::exit_reason::kill);
    wait_until([&] { return !w.registry.find(child); });
    CHECK(must(ask(w.system(), grandchild, "key")) == 1);
    child = nullptr;
  }
  caf::anon_send_exit(child, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(grandchild, caf::exit_reason::user_shutdown);
}

namespace {

/// Looks a key up as soon as it is there, even in its constructor.
struct eager_state {
  eager_state(caf::event_based_actor* self, cache<int> xs,
              std::function<void(std::vector<int>)> done)
    : self(self), xs(xs), done(std::move(done)) {
    found.push_back(look());
  }

  caf::behavior make_behavior() {
    found.push_back(look());
    done(found);
    return {[](int) {}};
  }

  int look() {
    auto x = xs.get("key");
    return x ? x->value_or(-1) : -2;
  }

  caf::event_based_actor* self;
  cache<int> xs;
  std::function<void(std::vector<int>)> done;
  std::vector<int> found;
};

class eager_actor : public caf::event_based_actor {
public:
  eager_actor(caf::actor_config& cfg, cache<int> xs,
              std::function<void(int)> done)
    : caf::event_based_actor(cfg) {
    auto x = xs.get("key");
    done(x ? x->value_or(-1) : -2);
  }

  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

} // namespace

TEST_CASE("an actor that the sandbox spawns belongs to it from the first step",
          "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto box = must(w.registry.start_here({"users"}));
  must(users.put("key", 7));
  SECTION("a function") {
    answer<int> found;
    box.spawn(
      [](caf::event_based_actor*, cache<int> xs,
         std::function<void(int)> done) {
        auto x = xs.get("key");
        done(x ? x->value_or(-1) : -2);
      },
      users, std::function<void(int)>{found.deliver()});
    CHECK(found.get() == 7);
  }
  SECTION("a function with a behavior, by pointer") {
    auto hdl = box.spawn(&look_up, users);
    CHECK(must(ask(w.system(), hdl, "key")) == 7);
    caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  }
  SECTION("a detached function") {
    answer<int> found;
    box.spawn<caf::detached>([&](caf::event_based_actor*) {
      auto x = users.get("key");
      found.deliver()(x ? x->value_or(-1) : -2);
    });
    CHECK(found.get() == 7);
  }
  SECTION("a blocking function") {
    answer<int> found;
    box.spawn([&](caf::blocking_actor*) {
      auto x = users.get("key");
      found.deliver()(x ? x->value_or(-1) : -2);
    });
    CHECK(found.get() == 7);
  }
  SECTION("a class") {
    answer<int> found;
    box.spawn<eager_actor>(users, std::function<void(int)>{found.deliver()});
    CHECK(found.get() == 7);
  }
  SECTION("a class with a state") {
    answer<std::vector<int>> found;
    box.spawn<caf::stateful_actor<eager_state>>(
      users, std::function<void(std::vector<int>)>{found.deliver()});
    CHECK(found.get() == std::vector{7, 7});
  }
  SECTION("from another actor, where the thread is not bound") {
    answer<std::vector<int>> found;
    box.spawn([&, box = sandbox{box}](caf::event_based_actor*) {
      box.spawn<caf::stateful_actor<eager_state>>(
        users, std::function<void(std::vector<int>)>{found.deliver()});
    });
    CHECK(found.get() == std::vector{7, 7});
  }
}

TEST_CASE("asynchronous calls reach the instance of the actor that makes them",
          "[sandbox]") {
  sandbox_world w;
  for (auto name : {"users", "sessions"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    auto box = must(w.registry.start_here({name}));
    must(xs.put("key", 3));
    auto look = [&](auto done) {
      return [&xs, done](caf::event_based_actor* self) mutable {
        xs.async(self).get("key").then(
          [done](std::optional<int> x) mutable { done(x.value_or(-1)); },
          [done](caf::error& err) mutable {
            done(err == errc::no_sandbox ? -2 : -3);
          });
      };
    };
    answer<int> known;
    box.spawn(look(known.deliver()));
    CHECK(known.get() == 3);
    answer<int> stranger;
    w.system().spawn(look(stranger.deliver()));
    CHECK(stranger.get() == -2);
  }
}

TEST_CASE("messages reach the instance of their sender", "[sandbox]") {
  sandbox_world w;
  auto xs = w.find<int>("sessions");
  auto front = must(xs.actor()); // a stranger's view
  auto get = [&](caf::scoped_actor& self) {
    caf::expected<int> result{caf::error{}};
    detail::request(self.ptr(), front, 10s, msg::get{"key"})
      .receive(
        [&](std::optional<term>& x) { result = x ? must(x->as<int>()) : -1; },
        [&](caf::error& err) { result = std::move(err); });
    return result;
  };
  caf::scoped_actor one{w.system()};
  caf::scoped_actor two{w.system()};
  caf::scoped_actor stranger{w.system()};
  auto box = must(w.registry.start(one, {"sessions"}));
  must(w.registry.start(two, {"sessions"}));
  {
    auto bound = box.bind();
    must(xs.put("key", 1));
  }
  CHECK(must(get(one)) == 1);
  CHECK(must(get(two)) == -1);
  CHECK(code_of(get(stranger)) == errc::no_sandbox);
  // Batches, leases and all else take the same way.
  detail::request(two.ptr(), front, 10s, msg::acquire{"key"})
    .receive([](lease& x) { CHECK(x.id != 0); },
             [](caf::error& err) { FAIL(to_string(err)); });
  box.stop();
  CHECK(code_of(get(one)) == errc::no_sandbox);
}

TEST_CASE("the registry answers messages", "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto registry = w.registry.actor();
  caf::scoped_actor self{w.system()};
  auto owner = caf::actor_cast<caf::strong_actor_ptr>(self);
  caf::error failed;
  auto done = [&](auto op) {
    failed = caf::error{};
    detail::request(self.ptr(), registry, 10s, std::move(op))
      .receive([] {}, [&](caf::error& err) { failed = std::move(err); });
    return failed.empty();
  };
  CHECK_FALSE(done(msg::stop_sandbox{owner}));
  CHECK(failed == errc::no_sandbox);
  CHECK(done(msg::start_sandbox{owner, {"users"}}));
  CHECK_FALSE(done(msg::start_sandbox{owner, {"users"}}));
  CHECK(failed == errc::name_taken);
  CHECK_FALSE(done(msg::start_sandbox{nullptr, {"users"}}));
  CHECK(failed == errc::invalid_argument);
  CHECK(done(msg::register_cache{owner, "sessions"}));
  CHECK_FALSE(done(msg::register_cache{owner, "sessions"}));
  std::set<std::string> caches;
  detail::request(self.ptr(), registry, 10s, msg::find_sandbox{owner})
    .receive([&](std::set<std::string>& xs) { caches = std::move(xs); },
             [](caf::error& err) { FAIL(to_string(err)); });
  CHECK(caches == std::set{"sessions"s, "users"s});
  CHECK(done(msg::unregister_cache{owner, "sessions"}));
  must(users.put("key", 4)); // by the actor that runs on this thread
  auto child = w.system().spawn(look_up, users);
  auto child_ptr = caf::actor_cast<caf::strong_actor_ptr>(child);
  CHECK(done(msg::allow{child_ptr, owner}));
  CHECK(must(ask(w.system(), child, "key")) == 4);
  CHECK(done(msg::stop_sandbox{owner}));
  CHECK(w.registry.size() == 0);
  caf::anon_send_exit(child, caf::exit_reason::user_shutdown);
}
