#pragma once

#include "world.hpp"
#include "wrapped_adapter.hpp"

#include "actor_cache/detail/fiber_pool.hpp"

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace actor_cache::test {

/// The compiler may take the thread to be the same before and after a wait.
[[gnu::noipa]] inline std::thread::id this_thread() {
  return std::this_thread::get_id();
}

/// Where calls of a store wait, and what is known of those that came by.
class gate {
public:
  struct visit {
    std::string key;
    std::thread::id begun_on;
    std::thread::id ended_on;
    detail::fiber_pool::real_time deadline;
  };

  /// @returns false where the wait of a job was ended by the end of its cache
  bool pass(std::string_view key) {
    auto* jobs = detail::fiber_pool::current();
    if (jobs == nullptr)
      return true;
    visit mine{std::string{key}, this_thread(), {}, jobs->deadline()};
    std::unique_lock lock{mtx_};
    ++waiting_;
    while (!open_) {
      sleepers_.push_back(jobs->wake_me());
      lock.unlock();
      auto goes_on = jobs->suspend();
      lock.lock();
      if (!goes_on)
        return false;
    }
    mine.ended_on = this_thread();
    visits_.push_back(std::move(mine));
    return true;
  }

  void close() {
    std::lock_guard guard{mtx_};
    open_ = false;
    waiting_ = 0;
  }

  /// Lets all pass that wait, on the calling thread.
  void open() {
    std::vector<detail::waker> sleepers;
    {
      std::lock_guard guard{mtx_};
      open_ = true;
      sleepers.swap(sleepers_);
    }
    for (auto& wake : sleepers)
      wake();
  }

  /// Waits until so many have come since the gate was closed.
  void await(size_t count) {
    wait_until([&] {
      std::lock_guard guard{mtx_};
      return waiting_ >= count;
    });
  }

  std::vector<visit> visits() const {
    std::lock_guard guard{mtx_};
    return visits_;
  }

private:
  mutable std::mutex mtx_;
  bool open_ = true;
  size_t waiting_ = 0;
  std::vector<detail::waker> sleepers_;
  std::vector<visit> visits_;
};

/// An ets table behind a gate.
class suspending_adapter final : public wrapped_adapter {
public:
  suspending_adapter(adapter_ptr table, std::shared_ptr<gate> at)
    : wrapped_adapter(std::move(table)), gate_(std::move(at)) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {.name = "suspending", .may_wait = true, .suspends = true};
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    if (!gate_->pass(key))
      return make_error(errc::cache_not_running, "the wait was ended");
    if (key == "bug")
      throw std::runtime_error("a bug in the adapter");
    return wrapped_adapter::get(key, now);
  }

private:
  std::shared_ptr<gate> gate_;
};

struct suspending_options {
  std::shared_ptr<gate> at;

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    return std::make_unique<suspending_adapter>(ets_options{}.make(context),
                                                at);
  }
};

} // namespace actor_cache::test
