#pragma once

#include "manual_clock.hpp"

#include "actor_cache/detail/fiber_pool.hpp"

#include "../../adapters/redis/connection.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace actor_cache::test {

/// Has `f` called with the answer to `what`, on some thread.
template <class F>
void begin_request(redis_wire::connection& link, redis_wire::commands what,
                   redis_wire::repeat again, redis_wire::real_time made_at,
                   redis_wire::real_time deadline, F f) {
  link.begin(redis_wire::make_request<redis_wire::deferred_request<F>>(
    std::move(what), again, made_at, deadline, std::move(f)));
}

/// A connection without a cache.
class shared_line {
public:
  template <class Server>
  shared_line(const Server& server, timespan command_timeout)
    : command_timeout_(command_timeout) {
    using namespace std::chrono_literals;
    redis_wire::address where{"127.0.0.1", server.port()};
    redis_wire::dial_settings dial{
      {}, nullptr, std::make_shared<manual_clock>(), 60s};
    link = std::make_unique<redis_wire::connection>(
      redis_wire::connection_settings{[where](const redis_wire::interruption&)
                                        -> caf::expected<redis_wire::address> {
                                        return where;
                                      },
                                      dial, command_timeout, 1ms, 5ms});
    link->start();
  }

  redis_wire::request_ptr
  send(std::string_view name,
       redis_wire::repeat again = redis_wire::repeat::harmless) {
    return link->send({name}, again);
  }

  caf::expected<redis_reply> wait(const redis_wire::request_ptr& what) {
    return link->wait(*what);
  }

  template <class F>
  void begin(redis_wire::commands what, redis_wire::repeat again, F f) {
    auto now = redis_wire::real_clock::now();
    begin_request(*link, std::move(what), again, now, now + command_timeout_,
                  std::move(f));
  }

  std::unique_ptr<redis_wire::connection> link;

private:
  const timespan command_timeout_;
};

/// Runs jobs, and waits until all of them have ended.
class job_runner {
public:
  void run(std::function<void()> job) {
    ++*left_;
    pool_->run([left = left_, job = std::move(job)] {
      job();
      --*left;
      left->notify_one();
    });
  }

  void finish() {
    for (auto seen = left_->load(); seen > 0; seen = left_->load())
      left_->wait(seen);
  }

private:
  /// Jobs tell of their end on other threads, which outlive this for a moment.
  std::shared_ptr<std::atomic<int>> left_
    = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<detail::fiber_pool> pool_
    = std::make_shared<detail::fiber_pool>();
};

} // namespace actor_cache::test
