// One connection that threads and jobs share, without a cache.

#include "support/fake_server.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"
#include "support/shared_line.hpp"
#include "support/world.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <random>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;

namespace {

/// Returns a peer that answers two commands with one write.
auto answers_at_once(std::string_view replies) {
  return [replies](fake_peer& peer) {
    peer.greet();
    peer.command();
    peer.command();
    peer.send(replies);
    peer.ignore_all();
  };
}

/// Counts how often threads but this one have gone to sleep so far.
long wake_ups_of_others() {
  constexpr std::string_view mark = "voluntary_ctxt_switches:";
  long result = 0;
  for (const auto& x : std::filesystem::directory_iterator{"/proc/self/task"}) {
    if (x.path().filename() == std::to_string(::gettid()))
      continue;
    std::ifstream status{x.path() / "status"};
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(mark))
        result += std::stol(line.substr(mark.size()));
  }
  return result;
}

/// Asks for echoes; each must be that of its question.
/// @returns the number of those that were not
size_t wrong_echoes(shared_line& w, std::string_view who, size_t count,
                    const std::function<void()>& note) {
  size_t wrong = 0;
  for (size_t i = 0; i < count; ++i) {
    // Sometimes several are under way for one caller, as in calls for many
    // keys.
    std::vector<std::pair<std::string, request_ptr>> asked;
    for (size_t n = 0; n <= i % 3; ++n) {
      std::string text{who};
      text += std::to_string(i) + '.' + std::to_string(n);
      auto again = i % 2 == 0 ? repeat::harmless : repeat::never;
      asked.emplace_back(text, w.link->send({"ECHO", text}, again));
    }
    for (auto& [text, what] : asked) {
      auto reply = w.wait(what);
      if (reply && *reply != redis_reply{text})
        ++wrong;
    }
    note();
  }
  return wrong;
}

/// Does the same by requests that call back.
size_t wrong_echoes_called_back(shared_line& w, std::string_view who,
                                size_t count,
                                const std::function<void()>& note) {
  size_t wrong = 0;
  for (size_t i = 0; i < count; ++i) {
    auto text = std::string{who} + std::to_string(i);
    auto again = i % 2 == 0 ? repeat::harmless : repeat::never;
    auto answer = std::make_shared<std::promise<caf::expected<redis_reply>>>();
    auto reply = answer->get_future();
    w.begin({"ECHO", text}, again, [answer](caf::expected<redis_reply> x) {
      answer->set_value(std::move(x));
    });
    if (auto x = reply.get(); x && *x != redis_reply{text})
      ++wrong;
    note();
  }
  return wrong;
}

} // namespace

TEST_CASE("a reply nobody asked for does not answer the next command",
          "[redis connection]") {
  fake_server server{[](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send("+mine\r\n+nobody's\r\n");
                       peer.answer_all("+late\r\n");
                     },
                     [](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all("+next\r\n");
                     }};
  shared_line w{server, 60s};
  CHECK(must(w.wait(w.send("A"))) == redis_reply{"mine"});
  CHECK(must(w.wait(w.send("B"))) == redis_reply{"next"});
}

TEST_CASE("a late reply does not answer the next command",
          "[redis connection]") {
  fake_server server{[](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send("+a\r\n"); // alive, but then:
                       peer.command();
                       peer.command();
                       peer.send("+b\r\n+c\r\n");
                     },
                     [](fake_peer& peer) { peer.ignore_all(); }};
  shared_line w{server, 1s}; // waited for once
  auto a = w.send("A");
  auto b = w.send("B");
  CHECK(must(w.wait(a)) == redis_reply{"a"});
  CHECK(code_of(w.wait(b)) == errc::timeout);
  // Either it finds the same connection, and its own reply there, or none.
  if (auto c = w.wait(w.send("C")))
    CHECK(*c == redis_reply{"c"});
}

TEST_CASE("jobs end although only replies that nobody wants are due",
          "[redis connection]") {
  fake_server server{[](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send("+a\r\n");
                       peer.ignore_all();
                     },
                     [](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all("+next\r\n");
                     }};
  shared_line w{server, 1s}; // waited for once
  job_runner jobs;
  auto late = 0;
  auto next = caf::expected<redis_reply>{errc::none};
  jobs.run([&] {
    auto a = w.send("A");
    auto b = w.send("B");
    CHECK(must(w.wait(a)) == redis_reply{"a"});
    late += code_of(w.wait(b)) == errc::timeout;
  });
  jobs.finish();
  CHECK(late == 1);
  do
    next = w.wait(w.send("C"));
  while (!next);
  CHECK(must(next) == redis_reply{"next"});
}

TEST_CASE("whoever was to drive and failed leaves the connection to others",
          "[redis connection]") {
  // Many callers, each of whom may be the next driver as the connection breaks.
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    for (auto i = 0; i < 20; ++i) {
      if (!peer.command())
        return;
      peer.send("+x\r\n");
    }
  }};
  shared_line w{server, 60s};
  std::atomic<int> ended{0};
  std::thread other{[&] {
    while (ended < 1000) {
      w.link->renew();
      std::this_thread::yield();
    }
  }};
  on_threads(4, [&](size_t) {
    for (auto i = 0; i < 250; ++i) {
      static_cast<void>(w.wait(w.send("A", repeat::never)));
      ++ended;
    }
  });
  other.join();
  CHECK(ended == 1000);
}

TEST_CASE("writes larger than all buffers go both ways at once",
          "[redis connection]") {
  // An echo that does not read on until what it wrote was taken.
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    while (auto command = peer.command()) {
      auto& text = command->back();
      peer.send('$' + std::to_string(text.size()) + "\r\n" + text + "\r\n");
    }
  }};
  shared_line w{server, 60s};
  std::atomic<int> wrong{0};
  on_threads(4, [&](size_t index) {
    std::string text(8'000'000, static_cast<char>('a' + index));
    for (auto i = 0; i < 2; ++i) {
      auto reply = w.wait(w.link->send({"ECHO", text}, repeat::never));
      if (!reply || *reply != redis_reply{text})
        ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("a command that may have been executed is not sent again",
          "[redis connection]") {
  std::mutex mtx;
  std::map<std::string, int> counts;
  // Each connection ends with a command that is executed and not answered.
  fake_server server{[&](fake_peer& peer) {
    peer.greet();
    for (auto left = 20; auto command = peer.command(); --left) {
      {
        std::lock_guard guard{mtx};
        ++counts[command->back()];
      }
      if (left == 0)
        return;
      peer.send(":1\r\n");
    }
  }};
  shared_line w{server, 60s};
  std::atomic<size_t> good{0};
  on_threads(6, [&](size_t index) {
    for (auto i = 0; i < 500; ++i) {
      auto id = std::to_string(index) + ':' + std::to_string(i);
      auto reply = w.wait(w.link->send({"INCR", id}, repeat::never));
      good += reply ? 1 : 0;
    }
  });
  for (const auto& [id, count] : counts)
    if (count != 1)
      FAIL(id << " was executed " << count << " times");
  CHECK(good > 0);
  CHECK(counts.size() > good);
}

TEST_CASE("each echo is that of its question while all goes wrong",
          "[redis connection]") {
  auto hangs = GENERATE(false, true);
  CAPTURE(hangs);
  redis_server server;
  shared_line w{server, hangs ? timespan{1s} : timespan{60s}};
  std::atomic<size_t> ended{0};
  std::atomic<size_t> wrong{0};
  std::atomic<bool> stop{false};
  auto await_ended = [&](size_t count) {
    auto goal = ended + count;
    wait_until([&] { return stop || ended >= goal; });
  };
  auto note = [&] { ++ended; };
  std::thread callers{[&] {
    on_threads(8, [&](size_t index) {
      auto who = std::to_string(index) + ':';
      if (index < 4) {
        wrong += wrong_echoes(w, who, 1000, note);
        return;
      }
      if (index < 6) {
        wrong += wrong_echoes_called_back(w, who, 1000, note);
        return;
      }
      job_runner jobs;
      for (auto i = 0; i < 10; ++i)
        jobs.run([&, name = who + std::to_string(i) + ':'] {
          wrong += wrong_echoes(w, name, 100, note);
        });
      jobs.finish();
    });
    stop = true;
  }};
  // A server ends with the thread that has started it: this one.
  std::minstd_rand random{std::random_device{}()};
  while (!stop) {
    await_ended(random() % 300);
    if (random() % 30 == 0) {
      server.restart();
    } else if (hangs && random() % 4 == 0) {
      server.pause();
      await_ended(50);
      server.resume();
    } else {
      redis_client client{server.socket()};
      client({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    }
  }
  callers.join();
  CHECK(wrong == 0);
  wait_until([&] { return static_cast<bool>(w.wait(w.send("PING"))); });
}

TEST_CASE("a job whose pool closes between two replies of one read has both",
          "[redis connection]") {
  fake_server server{answers_at_once("+a\r\n+b\r\n")};
  shared_line w{server, 60s};
  auto pool = std::make_shared<detail::fiber_pool>();
  std::vector<redis_reply> replies;
  std::atomic<bool> over{false};
  pool->run([&, pool] {
    auto a = w.send("A");
    auto b = w.send("B");
    replies.push_back(must(w.wait(a)));
    pool->close(); // while whoever has read them both is about to tell of b
    replies.push_back(must(w.wait(b)));
    over = true;
  });
  wait_until([&] { return over.load(); });
  CHECK(replies == std::vector{redis_reply{"a"}, redis_reply{"b"}});
}

TEST_CASE("a call in a hurry does not take the connection from the others",
          "[redis connection]") {
  fake_server server{answers_at_once("+late\r\n+b\r\n")};
  shared_line w{server, 60s};
  auto pool = std::make_shared<detail::fiber_pool>();
  std::atomic<bool> over{false};
  pool->run(
    [&] {
      CHECK(code_of(w.wait(w.send("A"))) == errc::timeout);
      over = true;
    },
    redis_wire::real_clock::now() + 10ms);
  wait_until([&] { return over.load(); });
  CHECK(w.link->is_up());
  CHECK(must(w.wait(w.send("B"))) == redis_reply{"b"});
  CHECK(w.link->times_connected() == 1);
}

TEST_CASE("a job whose time is over sends nothing more", "[redis connection]") {
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    peer.answer_all("+x\r\n");
  }};
  shared_line w{server, 60s};
  auto pool = std::make_shared<detail::fiber_pool>();
  auto failed = caf::expected<redis_reply>{errc::none};
  CHECK(pool->run([&] { failed = w.wait(w.send("A")); },
                  redis_wire::real_clock::now() - 1s));
  CHECK(code_of(failed) == errc::timeout);
}

TEST_CASE("a connection at rest wakes no thread", "[redis connection]") {
  auto pass = [](timespan span) {
    auto end = redis_wire::real_clock::now() + span;
    wait_until([=] { return redis_wire::real_clock::now() > end; });
  };
  auto wake_ups_in_a_second = [&] {
    auto before = wake_ups_of_others();
    pass(1s);
    return wake_ups_of_others() - before;
  };
  std::thread{[] {}}.join(); // from here on a sanitizer has one of its own
  auto without = wake_ups_in_a_second();
  redis_server server;
  shared_line w{server, 60s};
  must(w.wait(w.send("PING")));
  job_runner jobs;
  jobs.run([&] { must(w.wait(w.send("PING"))); }); // its own thread drives
  jobs.finish();
  pass(100ms);
  // What was under way may have ended late; who polls wakes up all the time.
  CHECK(wake_ups_in_a_second() < without + 5);
}

TEST_CASE("a connection that stops ends all waits", "[redis connection]") {
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    peer.ignore_all();
  }};
  shared_line w{server, 60s};
  std::atomic<int> asked{0};
  std::atomic<int> failed{0};
  std::thread stopper{[&] {
    wait_until([&] { return asked == 8; });
    w.link->stop();
  }};
  on_threads(4, [&](size_t index) {
    auto ask = [&] {
      auto what = w.send("A");
      ++asked;
      failed += w.wait(what) ? 0 : 1;
    };
    if (index < 2) {
      ask();
      return;
    }
    job_runner jobs;
    for (auto i = 0; i < 3; ++i)
      jobs.run(ask);
    jobs.finish();
  });
  stopper.join();
  CHECK(failed == 8);
}
