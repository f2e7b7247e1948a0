#include "actor_cache/con_cache.hpp"
#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/testing/sandbox.hpp"

#include "support/temporary_folder.hpp"
#include "support/world.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/generators/catch_generators.hpp>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// A cache with the adapter `con_cache`.
struct con_world : world {
  explicit con_world(con_cache_options options = {}, cache_spec spec = {}) {
    spec.name = "accounts";
    spec.adapter = std::move(options);
    start({timed(std::move(spec))});
  }

  template <class V = int>
  cache<V, con_cache> open() {
    return must(cache<V, con_cache>::find(system(), "accounts"));
  }
};

/// Has the lock of a key on a thread of its own.
class other_holder {
public:
  other_holder(cache<int, con_cache> xs, std::string key)
    : thread_([this, xs, key] {
        must(xs.isolated(key, [this] {
          inside_ = true;
          wait_until([this] { return over_.load(); });
        }));
      }) {
    wait_until([this] { return inside_.load(); });
  }

  ~other_holder() {
    over_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> inside_{false};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

} // namespace

TEST_CASE("a section returns what its function returns", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  CHECK(must(xs.isolated("a", [] { return 5; })) == 5);
  must(xs.isolated("a", [] {}));
  CHECK(must(xs.isolated("a", [&] { return xs.get("a"); })) == std::nullopt);
  auto failed = xs.isolated("a", []() -> caf::expected<int> {
    return make_error(errc::unavailable, "no bank");
  });
  CHECK(code_of(failed) == errc::unavailable);
  auto threw
    = xs.isolated("a", []() -> int { throw std::runtime_error("no idea"); });
  CHECK(code_of(threw) == errc::exception);
  // Each of them gave the lock back.
  std::thread{[&] { must(xs.try_isolated("a", [] {})); }}.join();
}

TEST_CASE("sections of one key take turns", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  int plain = 0; // guarded by the lock alone
  on_threads(4, [&](size_t) {
    for (int round = 0; round < 500; ++round)
      must(xs.isolated("a", [&] { ++plain; }));
  });
  CHECK(plain == 2000);
}

TEST_CASE("sections nest, also with the same key", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  auto sum = must(xs.isolated("a", [&] {
    return xs.isolated("b", [&] {
      return xs.isolated("a", [&] { return xs.increment("a"); });
    });
  }));
  CHECK(sum == 1);
}

TEST_CASE("who finds a key locked is told so", "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1ms}};
  auto xs = w.open();
  other_holder holder{xs, "a"};
  CHECK(code_of(xs.try_isolated("a", [] {})) == errc::timeout);
  auto late = xs.isolated("a", [] {});
  CHECK(code_of(late) == errc::timeout);
  CHECK(text_of(late).find("cache 'accounts'") != std::string::npos);
  CHECK(text_of(late).find("key 'a'") != std::string::npos);
  must(xs.isolated("b", [] {}));
}

TEST_CASE("a section waits as long as its caller says", "[con_cache]") {
  SECTION("which may be less than the cache says") {
    con_world w{{.acquire_lock_timeout = 1h}};
    auto xs = w.open();
    other_holder holder{xs, "a"};
    auto late = xs.isolated("a", [] {}, 1ms);
    CHECK(code_of(late) == errc::timeout);
    CHECK(text_of(late).find("after 1 ms") != std::string::npos);
  }
  SECTION("or more") {
    con_world w{{.acquire_lock_timeout = 1ms}};
    auto xs = w.open();
    std::thread waiter;
    {
      other_holder holder{xs, "a"};
      waiter = std::thread{
        [&] { must(xs.isolated("a", [&] { return xs.put("a", 1); }, 1h)); }};
      CHECK(code_of(xs.isolated("a", [] {})) == errc::timeout);
      CHECK(must(xs.get("a")) == std::nullopt);
    }
    waiter.join();
    CHECK(must(xs.get("a")) == 1);
  }
}

TEST_CASE("two sections that nest in different order do not get stuck",
          "[con_cache]") {
  con_world w;
  auto xs = w.open();
  std::atomic<int> inside{0};
  std::atomic<int> refused{0};
  on_threads(2, [&](size_t index) {
    auto first = index == 0 ? "a" : "b";
    auto second = index == 0 ? "b" : "a";
    must(xs.isolated(first, [&] {
      ++inside;
      wait_until([&] { return inside == 2; });
      auto nested = xs.isolated(second, [] {}, 1h);
      if (!nested) {
        if (nested.error() != errc::deadlock)
          FAIL(to_string(nested.error()));
        ++refused;
      }
    }));
  });
  CHECK(refused == 1);
}

TEST_CASE("writes go past a lock only if they are dirty", "[con_cache]") {
  auto dirty = GENERATE(true, false);
  con_world w{{.acquire_lock_timeout = 1ms, .dirty = dirty}};
  auto xs = w.open();
  must(xs.put("a", 1));
  other_holder holder{xs, "a"};
  auto check = [&](auto done) {
    if (dirty)
      must(std::move(done));
    else
      CHECK(code_of(done) == errc::timeout);
  };
  check(xs.put("a", 2));
  check(xs.increment("a"));
  check(xs.replace("a", 4));
  check(xs.erase("a"));
  must(xs.dirty_put("a", 5));
  CHECK(must(xs.get("a")) == 5);
  CHECK(must(xs.dirty_update("a", [](auto x) { return *x + 1; })) == 6);
  CHECK(must(xs.dirty_update_existing("a", [](int x) { return x + 1; })) == 7);
  CHECK(must(xs.dirty_get_or_store("b", [] { return 8; })) == 8);
  must(xs.dirty_erase("a"));
  CHECK(must(xs.get("a")) == std::nullopt);
  CHECK(must(xs.dirty_get_or_store("a", [] { return 10; })) == 10);
  CHECK(must(xs.dirty_get_or_store("a", [] { return 11; })) == 10);
  // These take the lock, whatever the option says.
  CHECK(code_of(xs.update("a", [](auto) { return 9; })) == errc::timeout);
  CHECK(code_of(xs.update_existing("a", [](int) { return 9; }))
        == errc::timeout);
  CHECK(code_of(xs.get_or_store("a", [] { return 9; })) == errc::timeout);
}

TEST_CASE("a section may write to its key", "[con_cache]") {
  con_world w{{.dirty = false}};
  auto xs = w.open();
  must(xs.isolated("a", [&] {
    must(xs.put("a", 1));
    must(xs.increment("a"));
    must(xs.erase("a"));
  }));
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("update and its like", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  CHECK(must(xs.update("a", [](auto x) { return x.value_or(0) + 1; })) == 1);
  CHECK(must(xs.update_existing("a", [](int x) { return x + 1; })) == 2);
  auto missing = xs.update_existing("b", [](int x) { return x; });
  CHECK(code_of(missing) == errc::key_not_found);
  CHECK_FALSE(must(xs.contains("b")));
  int runs = 0;
  on_threads(4, [&](size_t) {
    for (int round = 0; round < 200; ++round)
      must(xs.update("a", [&](auto x) {
        ++runs; // by one thread at a time
        return *x + 1;
      }));
  });
  CHECK(must(xs.get("a")) == 802);
  CHECK(runs == 800);
}

TEST_CASE("get_or_store makes a value once", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  std::atomic<int> runs{0};
  on_threads(4, [&](size_t) {
    CHECK(must(xs.get_or_store("a", [&] { return ++runs; }, 10s)) == 1);
  });
  CHECK(runs == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{10s});
  auto failed = xs.get_or_store("b", []() -> caf::expected<int> {
    return make_error(errc::unavailable, "no bank");
  });
  CHECK(code_of(failed) == errc::unavailable);
  CHECK_FALSE(must(xs.contains("b")));
}

TEST_CASE("entries live as long as global_ttl says, unless the cache does",
          "[con_cache]") {
  con_world w{{.global_ttl = 10s}};
  auto xs = w.open();
  must(xs.put("a", 1));
  CHECK(must(xs.ttl_of("a")) == ttl{10s});
  con_world other{{.global_ttl = 10s}, {.default_ttl = 3s}};
  auto ys = other.open();
  must(ys.put("a", 1));
  CHECK(must(ys.ttl_of("a")) == ttl{3s});
}

TEST_CASE("a read lets a lifetime begin anew where it is to", "[con_cache]") {
  con_world w{{.touch_on_read = true}};
  auto xs = w.open();
  must(xs.put("a", 1, 10s));
  must(xs.put("b", 1));
  w.clock()->advance(8s);
  CHECK(must(xs.get("a")) == 1);
  CHECK(must(xs.get("b")) == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{10s});
  CHECK(must(xs.ttl_of("b")) == ttl{infinite});
  w.clock()->advance(8s);
  CHECK(must(xs.touch("a", 4s)));
  w.clock()->advance(3s);
  CHECK(must(xs.get("a")) == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{4s});
  w.clock()->advance(4s);
  CHECK(must(xs.get("a")) == std::nullopt);
}

TEST_CASE("a read lets the lifetime begin anew that an entry was loaded with",
          "[con_cache]") {
  temporary_folder folder;
  con_cache_options options{.touch_on_read = true,
                            .ets_options
                            = {.compressed = GENERATE(false, true),
                               .rehydration_path = folder.path() + "/tables"}};
  auto snapshot = folder.path() + "/snapshot";
  {
    con_world w{options};
    auto xs = w.open();
    must(xs.put("a", 1, 1h));
    must(xs.put("b", 2));
    must(xs.save_snapshot(snapshot));
  }
  auto by_snapshot = GENERATE(false, true);
  if (by_snapshot)
    options.ets_options.rehydration_path.clear();
  con_world w{options};
  auto xs = w.open();
  if (by_snapshot)
    must(xs.load_snapshot(snapshot));
  // By the wall clock a part of the hour has gone by.
  auto lifetime = must(xs.scan()).entries;
  REQUIRE(lifetime.size() == 2);
  auto left = std::max(lifetime[0].second.remaining.span() % 1h,
                       lifetime[1].second.remaining.span() % 1h);
  w.clock()->advance(left - 1s);
  CHECK(must(xs.get("a")) == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{left});
  CHECK(must(xs.get("b")) == 2);
  CHECK(must(xs.ttl_of("b")) == ttl{infinite});
}

TEST_CASE("expired entries are freed as often as ttl_check_interval says",
          "[con_cache]") {
  con_world w{{.ttl_check_interval = 1ms}, {.sweep_interval = 1h}};
  auto xs = w.open();
  must(xs.put("a", 1, 1s));
  w.clock()->advance(1s);
  wait_until([&] { return must(xs.size()) == 0; });
}

TEST_CASE("ets_options say what table there is", "[con_cache]") {
  SECTION("shards") {
    con_world w{{.ets_options = {.shards = 8}}};
    CHECK(must(w.open().info()).table->shards == 8);
  }
  SECTION("write_concurrency") {
    con_world w{{.ets_options = {.write_concurrency = false}}};
    CHECK(must(w.open().info()).table->shards == 1);
    CHECK(must(con_world{}.open().info()).table->shards > 1);
  }
  SECTION("compressed") {
    auto bytes_of = [](bool compressed, int level) {
      con_world w{{.ets_options = {.compressed = compressed}},
                  {.compression = {.level = level}}};
      auto xs = w.open<std::string>();
      must(xs.put("a", std::string(100'000, 'x')));
      CHECK(must(xs.get("a"))->size() == 100'000);
      CHECK(must(xs.info()).table->compressed == compressed);
      return must(xs.stats()).bytes;
    };
    CHECK(bytes_of(true, 0) > 100'000); // encoded
    CHECK(bytes_of(true, 1) < 10'000);
    CHECK(bytes_of(false, 1) < 1'000); // an object, with memory of its own
  }
  SECTION("compressed, whose values events still have") {
    std::atomic<int> told{0};
    con_cache_options options{.ttl_check_interval = 1ms,
                              .ets_options = {.compressed = true}};
    options.on_event = [&](const cache_event& x) {
      told += x.value.as<int>().value();
    };
    con_world w{options};
    auto xs = w.open();
    must(xs.put("a", 1, 1s));
    w.clock()->advance(1s);
    wait_until([&] { return told == 2; }); // stored and expired
  }
  SECTION("rehydration_path") {
    temporary_folder folder;
    con_cache_options options{
      .ets_options = {.rehydration_path = folder.path()}};
    std::string file;
    {
      con_world w{options};
      must(w.open().put("a", 1));
      file = must(w.open().info()).table->file;
    }
    CHECK(file.starts_with(folder.path()));
    con_world w{options};
    CHECK(must(w.open().get("a")) == 1);
  }
  SECTION("read_concurrency and decentralized_counters, which change nothing") {
    con_world w{{.ets_options = {.read_concurrency = false,
                                 .decentralized_counters = false}}};
    auto xs = w.open();
    must(xs.put("a", 1));
    CHECK(must(xs.size()) == 1);
    CHECK(must(xs.info()).table->shards
          == must(con_world{}.open().info()).table->shards);
  }
}

// -- events -------------------------------------------------------------------

namespace {

/// What a sink was told.
struct event_log {
  con_cache_options options(con_cache_options result = {}) {
    result.on_event = [this](const cache_event& x) { note(x); };
    return result;
  }

  void note(const cache_event& x) {
    std::lock_guard guard{mtx};
    lines.push_back(x.cache + ' ' + to_string(x.what) + ' ' + x.key + ' '
                    + std::to_string(x.value.as<int>().value()));
  }

  std::vector<std::string> wait_for(size_t count) {
    wait_until([&] {
      std::lock_guard guard{mtx};
      return lines.size() >= count;
    });
    std::lock_guard guard{mtx};
    return lines;
  }

  std::mutex mtx;
  std::vector<std::string> lines;
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("a function is told what becomes of entries", "[con_cache]") {
  event_log log;
  con_world w{log.options({.ttl_check_interval = 1ms})};
  auto xs = w.open();
  must(xs.put("a", 1));
  must(xs.increment("a"));
  must(xs.erase("a"));
  must(xs.erase("a")); // was not there
  must(xs.put("b", 3, 1s));
  must(xs.take("b"));
  must(xs.put("c", 4, 1s));
  CHECK(log.wait_for(6)
        == lines{"accounts updated a 1", "accounts updated a 2",
                 "accounts deleted a 2", "accounts updated b 3",
                 "accounts deleted b 3", "accounts updated c 4"});
  w.clock()->advance(1s);
  CHECK(log.wait_for(7).back() == "accounts expired c 4");
  CHECK(must(xs.events()).dropped == 0);
  wait_until([&] { return must(xs.events()).delivered == 7; });
}

TEST_CASE("an entry that a write finds expired is told of", "[con_cache]") {
  event_log log;
  con_world w{log.options(), {.sweep_interval = timespan::max()}};
  auto xs = w.open();
  must(xs.put("a", 1, 1s));
  w.clock()->advance(1s);
  SECTION("put") {
    must(xs.put("a", 2));
    auto told = log.wait_for(3);
    CHECK(told[1] == "accounts expired a 1");
    CHECK(told[2] == "accounts updated a 2");
  }
  SECTION("erase") {
    must(xs.erase("a"));
    CHECK(log.wait_for(2)[1] == "accounts expired a 1");
  }
  SECTION("update") {
    must(xs.increment("a", 5));
    auto told = log.wait_for(3);
    CHECK(told[1] == "accounts expired a 1");
    CHECK(told[2] == "accounts updated a 5");
  }
}

TEST_CASE("an actor is told what becomes of entries", "[con_cache]") {
  world w;
  std::atomic<int> sum{0};
  auto receiver
    = w.system().spawn([&](caf::event_based_actor*) -> caf::behavior {
        return {[&](const std::vector<cache_event>& xs) {
          for (const auto& x : xs)
            sum += x.value.as<int>().value();
        }};
      });
  w.start({cache_spec{.name = "accounts",
                      .adapter = con_cache_options{.on_event = receiver}}});
  auto xs = must(cache<int, con_cache>::find(w.system(), "accounts"));
  for (int i = 1; i <= 1000; ++i)
    must(xs.put(std::to_string(i), i));
  wait_until([&] { return sum == 500'500; });
  wait_until([&] { return must(xs.events()).delivered == 1000u; });
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  wait_until([&] {
    must(xs.put("late", 1));
    return must(xs.events()).failed > 0;
  });
}

TEST_CASE("writers wait for who is told, or events are dropped",
          "[con_cache]") {
  std::atomic<bool> open{false};
  std::atomic<int> told{0};
  con_cache_options options{.event_capacity = 4};
  options.on_event = [&](const cache_event&) {
    wait_until([&] { return open.load(); });
    ++told;
  };
  SECTION("dropped") {
    options.when_events_full = when_full::drop;
    con_world w{options};
    auto xs = w.open();
    for (int i = 0; i < 20; ++i)
      must(xs.put("a", i));
    auto seen = must(xs.events());
    CHECK(seen.waiting <= 4u);
    // One batch is being told of, another one waits.
    CHECK(seen.dropped >= 12);
    CHECK(seen.dropped + seen.waiting + seen.delivered <= 20);
    open = true;
    wait_until([&] {
      auto now = must(xs.events());
      return now.delivered + now.dropped == 20;
    });
  }
  SECTION("waited for") {
    options.acquire_lock_timeout = 1h;
    con_world w{options};
    auto xs = w.open();
    std::atomic<int> written{0};
    std::thread writer{[&] {
      for (int i = 0; i < 20; ++i) {
        must(xs.put("a", i));
        ++written;
      }
    }};
    wait_until([&] { return must(xs.events()).waiting == 4u; });
    CHECK(written < 20);
    open = true;
    writer.join();
    wait_until([&] { return told == 20; });
    CHECK(must(xs.events()).dropped == 0);
  }
  open = true;
}

namespace {

/// An actor that is told of events, and answers the first message when the test
/// says so.
class slow_receiver {
public:
  slow_receiver(caf::actor_system& system, std::atomic<int>& batches)
    : hdl_(system.spawn([&batches](caf::event_based_actor* self) {
        auto first = std::make_shared<caf::response_promise>();
        auto answered = std::make_shared<bool>(false);
        return caf::behavior{
          [=, &batches](const std::vector<cache_event>&) -> caf::result<void> {
            ++batches;
            if (*answered)
              return caf::unit;
            *first = self->make_response_promise();
            return *first;
          },
          [=](caf::ok_atom) {
            *answered = true;
            first->deliver(caf::unit);
          },
        };
      })) {
    // nop
  }

  operator const caf::actor&() const noexcept {
    return hdl_;
  }

  void answer() {
    detail::anon_send(hdl_, caf::ok_atom_v);
  }

private:
  caf::actor hdl_;
};

} // namespace

TEST_CASE("writers wait for the actor that is told, or events are dropped",
          "[con_cache]") {
  auto policy = GENERATE(when_full::wait, when_full::drop);
  constexpr int count = 20;
  world w;
  std::atomic<int> batches{0};
  slow_receiver receiver{w.system(), batches};
  con_cache_options options{.acquire_lock_timeout = 1h,
                            .on_event = caf::actor{receiver},
                            .event_capacity = 4,
                            .when_events_full = policy};
  w.start({cache_spec{.name = "accounts", .adapter = options}});
  auto xs = must(cache<int, con_cache>::find(w.system(), "accounts"));
  must(xs.put("first", 0));
  wait_until([&] { return batches == 1; });
  std::atomic<int> written{0};
  std::thread writer{[&] {
    for (int i = 0; i < count; ++i) {
      must(xs.put("a", i));
      ++written;
    }
  }};
  wait_until([&] { return must(xs.events()).waiting == 4u; });
  if (policy == when_full::wait)
    CHECK(written == 4);
  else
    writer.join();
  CHECK(batches == 1); // the next message waits for the answer to this one
  receiver.answer();
  if (policy == when_full::wait)
    writer.join();
  auto lost = policy == when_full::wait ? 0u : count - 4u;
  wait_until([&] { return must(xs.events()).delivered == count + 1 - lost; });
  CHECK(must(xs.events()).dropped == lost);
}

TEST_CASE("a sink writes to a key whose writer waits for it", "[con_cache]") {
  std::optional<cache<int, con_cache>> xs;
  con_cache_options options{.acquire_lock_timeout = 20s,
                            .dirty = false,
                            .event_capacity = 1};
  std::atomic<int> written{0};
  options.on_event = [&](const cache_event& x) {
    if (x.what == event_kind::updated && written < 20) {
      ++written;
      must(xs->put(x.key, 0));
    }
  };
  con_world w{options};
  xs = w.open();
  for (int i = 0; i < 20; ++i)
    must(xs->put("a", i));
  wait_until([&] { return must(xs->events()).waiting == 0; });
  CHECK(must(xs->events()).dropped == 0);
}

TEST_CASE("entries that expire at once are all told of where writers wait",
          "[con_cache]") {
  std::atomic<bool> open{true};
  std::atomic<int> expired{0};
  con_cache_options options{.ttl_check_interval = 1ms, .event_capacity = 4};
  options.on_event = [&](const cache_event& x) {
    if (x.what != event_kind::expired)
      return;
    wait_until([&] { return open.load(); });
    ++expired;
  };
  con_world w{options};
  auto xs = w.open();
  for (int i = 0; i < 100; ++i)
    must(xs.put(std::to_string(i), i, 1s));
  open = false;
  w.clock()->advance(1s);
  wait_until([&] { return must(xs.size()) == 0; });
  open = true;
  wait_until([&] {
    auto seen = must(xs.events());
    return seen.delivered + seen.dropped == 200;
  });
  CHECK(must(xs.events()).dropped == 0);
  CHECK(expired == 100);
}

TEST_CASE("a sink may use the cache that tells it", "[con_cache]") {
  std::optional<cache<int, con_cache>> xs;
  std::atomic<int> told{0};
  con_cache_options options{.event_capacity = 1};
  options.on_event = [&](const cache_event& x) {
    ++told;
    if (x.key == "a")
      for (int i = 0; i < 5; ++i)
        must(xs->put("b", i));
    if (x.key == "c")
      throw std::runtime_error("no idea");
  };
  con_world w{options};
  xs = w.open();
  must(xs->put("a", 1));
  wait_until([&] { return told == 6; });
  must(xs->put("c", 1));
  wait_until([&] { return must(xs->events()).failed == 1; });
}

TEST_CASE("events that wait are delivered before a cache has stopped",
          "[con_cache]") {
  event_log log;
  {
    con_world w{log.options()};
    auto xs = w.open();
    for (int i = 0; i < 500; ++i)
      must(xs.put("a", i));
  }
  CHECK(log.lines.size() == 500);
}

// -- actors -------------------------------------------------------------------

TEST_CASE("an actor waits for a lock without blocking", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  std::atomic<int> pings{0};
  std::atomic<int> got{0};
  caf::actor waiter;
  {
    other_holder holder{xs, "a"};
    waiter
      = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
          // On a thread of the scheduler a call must not wait.
          auto refused = xs.isolated("a", [] { return 1; });
          if (refused || refused.error() != errc::would_block)
            got = -1;
          xs.isolated(self, "a", [&xs] { return xs.increment("a"); })
            .then([&](int x) { got += x; });
          return {[&](caf::ok_atom) { ++pings; }};
        });
    for (int i = 1; i <= 3; ++i) {
      detail::anon_send(waiter, caf::ok_atom_v);
      wait_until([&] { return pings == i; });
    }
    CHECK(got == 0);
  }
  wait_until([&] { return got == 1; });
  must(xs.isolated("a", [] {}));
}

TEST_CASE("an actor that ends gives its place in a queue up", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  {
    other_holder holder{xs, "a"};
    auto waiter
      = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
          xs.isolated(self, "a", [] {}).then([] {});
          return {[](caf::ok_atom) {}};
        });
    caf::scoped_actor self{w.system()};
    caf::anon_send_exit(waiter, caf::exit_reason::kill);
    self->wait_for(waiter);
  }
  must(xs.isolated("a", [] {}, 1h)); // the dead one's turn is over
}

TEST_CASE("an actor waits for a lock as long as it says", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  other_holder holder{xs, "a"};
  std::atomic<int> code{0};
  w.system().spawn([&](caf::event_based_actor* self) {
    xs.isolated(
        self, "a", [] {}, 1ms)
      .then([] {}, [&](const caf::error& err) { code = err.code(); });
  });
  wait_until([&] { return code == static_cast<int>(errc::timeout); });
}

// -- writes by mail -----------------------------------------------------------

namespace {

/// Sends one write after the other to the key "a" and keeps the answers.
struct writing_actor {
  explicit writing_actor(con_world& w, cache<int, con_cache> xs)
    : hdl(w.system().spawn([=, this](caf::event_based_actor* self) {
        auto failed = [this](const caf::error& what) {
          code = what.code();
          ++answers;
        };
        auto mail = xs.async(self);
        auto done = [this] { ++answers; };
        mail.put("a", 2).then(done, failed);
        mail.put_many({{"b", 2}, {"a", 3}}).then(done, failed);
        mail.increment("a").then([=](int) { done(); }, failed);
        mail.erase("c").then(done, failed);
        return caf::behavior{[](caf::ok_atom) {}};
      })) {
    // nop
  }

  ~writing_actor() {
    caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  }

  std::atomic<int> answers{0};
  std::atomic<int> code{0};
  caf::actor hdl;
};

} // namespace

TEST_CASE("writes by mail wait for the lock of their key, and hold nobody up",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1h, .dirty = false}};
  auto xs = w.open();
  auto mail = cache<int, con_cache>::over_mail(w.system(), "accounts",
                                               must(xs.actor()));
  must(xs.put("a", 1));
  std::optional<writing_actor> writer;
  caf::expected<int> loaded{0};
  caf::expected<int> updated{0};
  std::thread loader;
  {
    other_holder holder{xs, "a"};
    writer.emplace(w, xs);
    wait_until([&] { return writer->answers == 1; }); // of the key "c"
    // The holder's lock is no concern of those who read or write elsewhere,
    // however many wait.
    CHECK(must(mail.get("a")) == 1);
    must(mail.put("d", 4));
    CHECK(must(mail.increment("d")) == 5);
    CHECK(must(mail.get("b")) == 2);
    loader = std::thread{[&] {
      loaded = mail.get_or_create("e", [] { return 5; });
      updated = mail.update("a", [](auto x) { return *x * 10; });
    }};
    wait_until([&] { return must(mail.get("e")).has_value(); });
    CHECK(writer->answers == 1);
    CHECK(must(mail.get("a")) == 1);
  }
  wait_until([&] { return writer->answers == 4; });
  loader.join();
  CHECK(must(loaded) == 5);
  CHECK(must(updated) == 40); // in the order in which they came
  CHECK(writer->code == 0);
  CHECK(must(xs.get("a")) == 40);
  must(xs.isolated("a", [] {})); // and the lock is free
}

TEST_CASE("a write by mail waits as long as acquire_lock_timeout says",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1ms, .dirty = false}};
  auto xs = w.open();
  other_holder holder{xs, "a"};
  writing_actor writer{w, xs};
  wait_until([&] { return writer.answers == 4; });
  CHECK(writer.code == static_cast<int>(errc::timeout));
  CHECK(must(xs.get("a")) == std::nullopt);
}

TEST_CASE("writes by mail that wait are answered when the cache's actor ends",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1h, .dirty = false}};
  auto xs = w.open();
  std::optional<writing_actor> writer;
  {
    other_holder holder{xs, "a"};
    writer.emplace(w, xs);
    wait_until([&] { return writer->answers == 1; });
    w.crash("accounts");
    wait_until([&] { return writer->answers == 4; });
    CHECK(writer->code == static_cast<int>(errc::cache_not_running));
    CHECK(must(xs.get("a")) == std::nullopt);
  }
  must(xs.put("a", 1)); // nobody is left in the queue
}

TEST_CASE("a plain write on a thread of the scheduler does not wait",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1h, .dirty = false}};
  auto xs = w.open();
  other_holder holder{xs, "a"};
  std::atomic<int> code{0};
  w.system().spawn([&](caf::event_based_actor*) {
    code = xs.put("a", 1).error().code();
    return caf::behavior{};
  });
  wait_until([&] { return code == static_cast<int>(errc::would_block); });
}

// -- around it ----------------------------------------------------------------

TEST_CASE("locks are for the process of the cache", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  auto mail = cache<int, con_cache>::over_mail(w.system(), "accounts",
                                               must(xs.actor()));
  CHECK(code_of(mail.isolated("a", [] {})) == errc::not_supported);
  CHECK(code_of(mail.events()) == errc::not_supported);
  CHECK(must(mail.update("a", [](auto) { return 1; })) == 1);
  CHECK(must(mail.update_existing("a", [](int x) { return x + 1; })) == 2);
  CHECK(must(mail.get_or_store("b", [] { return 3; })) == 3);
  must(mail.dirty_put("c", 4));
  CHECK(must(xs.get("c")) == 4);
}

TEST_CASE("con_cache has the calls of ets", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  must(xs.put("a", 1));
  CHECK(must(xs.select_delete([](const auto&, int x) { return x == 1; })) == 1);
}

TEST_CASE("a sandbox has locks and events", "[con_cache][sandbox]") {
  event_log log;
  world w;
  cache_spec spec{.name = "accounts", .adapter = log.options()};
  spec.sandbox = true;
  w.start({spec});
  testing::sandboxed box{w.system(), {"accounts"}};
  auto xs = must(cache<int, con_cache>::find(w.system(), "accounts"));
  CHECK(must(xs.isolated("a", [&] { return xs.increment("a"); })) == 1);
  CHECK(must(xs.get_or_store("b", [] { return 3; })) == 3);
  CHECK(log.wait_for(2)[0] == "accounts updated a 1");
}

TEST_CASE("wrong options of con_cache are refused", "[con_cache]") {
  auto text = [](con_cache_options x) { return message_of(x.validate()); };
  CHECK(text({}).empty());
  CHECK(text({.acquire_lock_timeout = 0s})
          .find("con_cache_options::acquire_lock_timeout is ")
        == 0);
  CHECK(text({.global_ttl = 0s}).find("con_cache_options::global_ttl is ")
        == 0);
  CHECK(text({.ttl_check_interval = -1s})
          .find("con_cache_options::ttl_check_interval is ")
        == 0);
  CHECK(text({.ets_options = {.type = ets_type::bag}})
          .find("con_cache_options::ets_options is of the type bag")
        == 0);
  CHECK(text({.ets_options = {.shards = 3}})
          .find("con_cache_options::ets_options::shards is 3")
        == 0);
  CHECK(text({.event_capacity = 0})
        == "con_cache_options::event_capacity is 0; accepted is 1 or more");
}
