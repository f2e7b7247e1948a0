// Requests for which nobody waits, on their way to whoever drives.

#include "support/fake_server.hpp"
#include "support/redis_server.hpp"
#include "support/shared_line.hpp"
#include "support/world.hpp"

#include "../adapters/redis/inbox.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;

namespace {

request_ptr some_request(std::string_view name) {
  auto now = redis_wire::real_clock::now();
  return make_request<request>(commands{name}, repeat::harmless, now,
                               now + 60s);
}

std::vector<std::string> sorts_of(const std::vector<request_ptr>& xs) {
  std::vector<std::string> result;
  for (const auto& x : xs)
    result.emplace_back(commands::words(x->what.bytes()).front());
  return result;
}

/// Answers, and how many of them are there.
class answers {
public:
  auto at(size_t index) {
    return [this, index](caf::expected<redis_reply> x) {
      found_[index] = std::move(x);
      ++count_;
    };
  }

  const caf::expected<redis_reply>& operator[](size_t index) const {
    return found_[index];
  }

  void await(int count) {
    wait_until([&] { return count_ == count; });
  }

private:
  std::array<caf::expected<redis_reply>, 4> found_{errc::none, errc::none,
                                                   errc::none, errc::none};
  std::atomic<int> count_{0};
};

/// Has the thread of a connection wait for the answer to A, which the server
/// has once `has_first` is set. It takes nothing meanwhile.
template <class F>
void keep_busy(shared_line& w, F answered, const std::atomic<bool>& has_first) {
  w.begin({"A"}, repeat::harmless, std::move(answered));
  wait_until([&] { return has_first.load(); });
}

} // namespace

TEST_CASE("an inbox tells who has to see to what came", "[redis inbox]") {
  using enum inbox::arrival;
  inbox x;
  std::vector<request_ptr> taken;
  CHECK(x.empty());
  CHECK(x.add(some_request("A")) == unattended);
  CHECK(x.add(some_request("B")) == unattended);
  x.attend(true);
  CHECK(x.add(some_request("C")) == further);
  CHECK(!x.empty());
  x.take(taken);
  CHECK(sorts_of(taken) == std::vector<std::string>{"A", "B", "C"});
  CHECK(x.empty());
  taken.clear();
  CHECK(x.add(some_request("D")) == first);
  CHECK(x.add(some_request("E")) == further);
  x.attend(false);
  CHECK(x.add(some_request("F")) == unattended);
  x.take(taken);
  CHECK(sorts_of(taken) == std::vector<std::string>{"D", "E", "F"});
}

TEST_CASE("requests leave in the order in which they were made, whoever waits",
          "[redis inbox]") {
  std::atomic<bool> has_first{false};
  std::atomic<bool> may_answer{false};
  std::vector<std::string> seen;
  std::mutex mtx;
  fake_server server{[&](fake_peer& peer) {
    peer.greet();
    while (auto command = peer.command()) {
      {
        std::lock_guard guard{mtx};
        seen.push_back(command->front());
      }
      has_first = true;
      may_answer.wait(false);
      peer.send("+x\r\n");
    }
  }};
  answers came;
  shared_line w{server, 60s};
  keep_busy(w, came.at(0), has_first);
  w.begin({"B"}, repeat::harmless, came.at(1));
  auto c = w.send("C");
  w.begin({"D"}, repeat::harmless, came.at(2));
  auto e = w.send("E");
  w.begin({"F"}, repeat::harmless, came.at(3));
  may_answer = true;
  may_answer.notify_one();
  CHECK(must(w.wait(c)) == redis_reply{"x"});
  CHECK(must(w.wait(e)) == redis_reply{"x"});
  came.await(4);
  std::lock_guard guard{mtx};
  CHECK(seen == std::vector<std::string>{"A", "B", "C", "D", "E", "F"});
}

TEST_CASE("what comes while a connection breaks goes by the next one",
          "[redis inbox]") {
  std::atomic<bool> has_first{false};
  std::atomic<bool> may_end{false};
  fake_server server{[&](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       has_first = true;
                       may_end.wait(false);
                     },
                     [](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all("+next\r\n");
                     }};
  answers came;
  shared_line w{server, 60s};
  keep_busy(w, came.at(0), has_first);
  w.begin({"B"}, repeat::harmless, came.at(1));
  w.begin({"C"}, repeat::harmless, came.at(2));
  may_end = true;
  may_end.notify_one();
  came.await(3);
  for (size_t i = 0; i < 3; ++i)
    CHECK(must(came[i]) == redis_reply{"next"});
}

TEST_CASE("a connection that stops ends what has come to it", "[redis inbox]") {
  std::atomic<bool> has_first{false};
  fake_server server{[&](fake_peer& peer) {
    peer.greet();
    peer.command();
    has_first = true;
    peer.ignore_all();
  }};
  answers came;
  shared_line w{server, 60s};
  keep_busy(w, came.at(0), has_first);
  w.begin({"B"}, repeat::harmless, came.at(1));
  w.begin({"C"}, repeat::harmless, came.at(2));
  w.link->stop();
  came.await(3);
  w.begin({"D"}, repeat::harmless, came.at(3));
  came.await(4);
  for (size_t i = 0; i < 4; ++i)
    CHECK(code_of(came[i]) == errc::cache_not_running);
}

TEST_CASE("no request is forgotten as the one who drives leaves",
          "[redis inbox]") {
  redis_server server;
  shared_line w{server, 60s};
  // One at a time, so that the thread that drives has nothing to do after each
  // answer, and at once, so that it may find the next one on its way out.
  constexpr size_t count = 10'000;
  auto answered = std::make_shared<std::atomic<size_t>>(0);
  auto good = std::make_shared<std::atomic<size_t>>(0);
  for (size_t i = 0; i < count; ++i) {
    w.begin({"PING"}, repeat::harmless,
            [answered, good](caf::expected<redis_reply> x) {
              *good += x ? 1 : 0;
              ++*answered;
            });
    for (size_t looks = 1; *answered <= i; ++looks)
      if (looks % 10'000 == 0)
        std::this_thread::yield();
    // Now a bit sooner, now a bit later.
    for (size_t looks = 0; looks < i % 256; ++looks)
      static_cast<void>(answered->load());
  }
  CHECK(*good == count);
}

TEST_CASE("what nobody takes in time is not sent any more", "[redis inbox]") {
  std::atomic<bool> has_first{false};
  std::atomic<bool> may_answer{false};
  fake_server server{[&](fake_peer& peer) {
    peer.greet();
    peer.command();
    has_first = true;
    may_answer.wait(false);
    peer.send("+a\r\n");
    if (auto next = peer.command())
      peer.send('+' + next->front() + "\r\n");
    peer.answer_all("+x\r\n");
  }};
  answers came;
  shared_line w{server, 60s};
  keep_busy(w, came.at(0), has_first);
  auto now = redis_wire::real_clock::now();
  begin_request(*w.link, {"B"}, repeat::never, now - 2ms, now - 1ms,
                came.at(1));
  came.await(1);
  CHECK(code_of(came[1]) == errc::timeout);
  w.begin({"C"}, repeat::harmless, came.at(2));
  may_answer = true;
  may_answer.notify_one();
  came.await(3);
  CHECK(must(came[0]) == redis_reply{"a"});
  CHECK(must(came[2]) == redis_reply{"C"});
}

namespace {

/// A connection that comes up once, and whose thread then tells of that until
/// it may go on. It is to drive after that.
class talkative_line {
public:
  talkative_line() {
    begin("A", 0);
    link.start();
    wait_until([&] { return told_.load(); });
  }

  ~talkative_line() {
    go_on();
  }

  void begin(std::string_view name, size_t index) {
    auto now = redis_wire::real_clock::now();
    begin_request(link, {name}, repeat::harmless, now, now + 60s,
                  came.at(index));
  }

  void go_on() {
    may_go_on_ = true;
    may_go_on_.notify_all();
  }

  answers came;

private:
  fake_server server_{[](fake_peer& peer) {
    peer.greet();
    peer.ignore_all();
  }};
  std::atomic<bool> told_{false};
  std::atomic<bool> may_go_on_{false};
  std::atomic<int> attempts_{0};

public:
  connection link{{
    .where = [this](const interruption&) -> caf::expected<redis_wire::address> {
      if (++attempts_ == 1)
        return redis_wire::address{"127.0.0.1", server_.port()};
      return make_error(errc::unavailable, "nowhere");
    },
    .dial = {{}, nullptr, std::make_shared<manual_clock>(), 60s},
    .command_timeout = 60s,
    .reconnect_delay = 1ms,
    .max_reconnect_delay = 5ms,
    .on_change =
      [this](const connection_change&) {
        told_ = true;
        may_go_on_.wait(false);
      },
  }};
};

} // namespace

TEST_CASE("what comes to a thread that finds its connection gone ends",
          "[redis inbox]") {
  talkative_line w;
  wait_until([&] {
    w.link.renew();
    return !w.link.is_up();
  });
  w.begin("B", 1);
  w.go_on();
  w.came.await(2);
  CHECK(code_of(w.came[0]) == errc::unavailable);
  CHECK(code_of(w.came[1]) == errc::unavailable);
}

TEST_CASE("what comes to a connection that was stopped ends at once",
          "[redis inbox]") {
  talkative_line w;
  std::thread stopper{[&] { w.link.stop(); }};
  w.came.await(1);
  w.begin("B", 1);
  w.came.await(2);
  CHECK(code_of(w.came[0]) == errc::cache_not_running);
  CHECK(code_of(w.came[1]) == errc::cache_not_running);
  w.go_on();
  stopper.join();
}
