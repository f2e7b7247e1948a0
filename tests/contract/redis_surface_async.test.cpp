#include "actor_cache/json.hpp"

#include "support/redis_subjects.hpp"
#include "support/values.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <future>

using namespace actor_cache;
using namespace actor_cache::test;

// The same surface for actors: without blocking, and as typed messages.

namespace {

/// Runs `f(self, results)` in an actor and waits for what it reports, as text.
template <class F>
std::vector<std::string> in_actor(redis_world& w, F f) {
  auto done = std::make_shared<std::promise<std::vector<std::string>>>();
  auto result = done->get_future();
  w.system().spawn([f, done](caf::event_based_actor* self) {
    auto log = std::make_shared<std::vector<std::string>>();
    f(
      self, [log](std::string line) { log->push_back(std::move(line)); },
      [log, done] { done->set_value(*log); });
  });
  return result.get();
}

} // namespace

TEST_CASE("actors have the calls of Redis without blocking",
          "[redis surface][async]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<std::string>();
  must(xs.hash_set_many({{"h", {{"a", "1"}, {"b", "2"}}}}));
  must(xs.sadd("s", "x"));
  must(xs.json_set("doc", nlohmann::ordered_json{{"n", 1}}));
  // A scoped binding does not reach an actor of its own: by address it does.
  auto over = cache<std::string, redis>::over_mail(w.system(), "subject",
                                                   must(xs.actor()));
  auto log = in_actor(w, [over](auto* self, auto say, auto finish) {
    auto as = over.async(self);
    auto failed = [say, finish](const caf::error& err) {
      say("error: " + to_string(err));
      finish();
    };
    as.hash_get("h", "a").then(
      [=](std::optional<std::string> x) {
        say(*x);
        as.for_each_field("h",
                          [say](const std::string& name, std::string& x) {
                            say(name + "=" + x);
                          },
                          {.count = 1})
          .then(
            [=] {
              as.json_incr("doc", ".n", 2)
                .then(
                  [=](nlohmann::ordered_json x) {
                    say(x.dump());
                    as.command({"PING"}).then(
                      [=](redis_reply x) {
                        say(*x.string());
                        as.hash_get("s", "a").then(
                          [=](std::optional<std::string>) { finish(); },
                          [=](const caf::error& err) {
                            say(to_string(static_cast<errc>(err.code())));
                            finish();
                          });
                      },
                      failed);
                  },
                  failed);
            },
            failed);
      },
      failed);
  });
  CHECK(log
        == std::vector<std::string>{"1", "a=1", "b=2", "3", "PONG",
                                    "type_mismatch"});
}

TEST_CASE("a redis_actor answers typed messages", "[redis surface][async]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  redis_actor hdl = must(xs.actor());
  cache_actor narrow = hdl;
  caf::scoped_actor self{w.system()};
  auto failed = [](const caf::error& err) { FAIL(to_string(err)); };
  using detail::request;
  request(self.ptr(), hdl, 10s, msg::hash_set{"h", "a", term::of(7), ttl{1h}})
    .receive([](bool is_new) { CHECK(is_new); }, failed);
  request(self.ptr(), hdl, 10s, msg::hash_get{"h", "a"})
    .receive(
      [](std::optional<term>& x) {
        REQUIRE(x.has_value());
        CHECK(must(x->as<int>()) == 7);
      },
      failed);
  request(self.ptr(), hdl, 10s, msg::pipeline{{{"PING"}, {"GET", w.full("h")}}})
    .receive(
      [](std::vector<redis_reply>& xs) {
        REQUIRE(xs.size() == 2);
        CHECK(xs[0] == redis_reply{"PONG"});
        CHECK(xs[1].error() != nullptr);
      },
      failed);
  request(self.ptr(), hdl, 10s, msg::json_set{"doc", ".", "{\"a\":[1,2]}"})
    .receive([](bool done) { CHECK(done); }, failed);
  request(self.ptr(), hdl, 10s, msg::json_get{"doc", {"a", -1}})
    .receive([](std::optional<json_text>& x) { CHECK(x == json_text{"2"}); },
             failed);
  request(self.ptr(), narrow, 10s, msg::put{"k", term::of(1)})
    .receive([] {}, failed);
  CHECK(must(xs.get("k")) == 1);
}
