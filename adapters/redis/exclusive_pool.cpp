#include "exclusive_pool.hpp"

#include "dial.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace actor_cache::redis_wire {

namespace {

/// Makes one call after the other, up to the first that is refused.
caf::expected<redis_reply::array>
exchange(socket& with, std::span<const commands> steps, real_time deadline,
         const interruption& by) {
  redis_reply::array result;
  auto refused = [](const redis_reply& x) { return x.error() != nullptr; };
  for (const auto& step : steps) {
    auto replies = with.exchange(step, deadline, &by);
    if (!replies)
      return replies;
    std::move(replies->begin(), replies->end(), std::back_inserter(result));
    if (std::any_of(result.begin(), result.end(), refused))
      break;
  }
  return result;
}

} // namespace

exclusive_pool::exclusive_pool(const redis_options& options,
                               const connection_settings& settings,
                               connection& sentry)
  : size_(options.size),
    max_(options.size + options.max_overflow),
    strategy_(options.strategy),
    settings_(settings),
    sentry_(sentry) {
  // nop
}

// -- calls --------------------------------------------------------------------

caf::expected<redis_reply>
exclusive_pool::call_in_steps(std::span<const commands> steps,
                              real_time deadline) {
  if (auto err = why_refused(); !err.empty())
    return err;
  if (detail::fiber_pool::current() == nullptr)
    return run(steps, deadline, nullptr);
  try {
    job self;
    return detail::fiber_pool::off_thread(
      [&] { return run(steps, deadline, &self); }, [&] { interrupt(self); });
  } catch (const std::system_error& ex) {
    return make_error(errc::unavailable,
                      fmt::format("this process has no thread or descriptor "
                                  "left to wait for Redis: {}",
                                  ex.what()));
  }
}

caf::expected<redis_reply> exclusive_pool::run(std::span<const commands> steps,
                                               real_time deadline,
                                               const job* whose) {
  auto link = reserve(deadline, whose);
  if (!link)
    return std::move(link.error());
  if (*link == nullptr)
    link = connect(deadline, whose);
  if (!link)
    return std::move(link.error());
  auto by = interruption_of(whose);
  auto replies = exchange(**link, steps, deadline, by);
  // After an error a late reply may still come: such a connection is of no use.
  if (!replies)
    link->reset(); // before another one may take its place
  give_back(std::move(*link));
  if (!replies) {
    sentry_.probe();
    std::lock_guard lock{mtx_};
    auto over = why_over(whose);
    return over.empty() ? std::move(replies.error()) : over;
  }
  if (replies->size() == 1)
    return std::move(replies->front());
  return redis_reply{std::move(*replies)};
}

void exclusive_pool::interrupt(job& whose) {
  std::lock_guard lock{mtx_};
  whose.left = true;
  whose.leaves.signal();
  changed_.notify_all();
}

interruption exclusive_pool::interruption_of(const job* whose) const {
  return {.stop = stopping_, .also = whose ? &whose->leaves : nullptr};
}

caf::error exclusive_pool::why_over(const job* whose) const {
  if (!stopped_.empty())
    return stopped_;
  if (whose != nullptr && whose->left)
    return make_error(errc::cache_not_running,
                      "the cache's actor ended before the answer came");
  return {};
}

caf::error exclusive_pool::why_refused() {
  {
    std::lock_guard lock{mtx_};
    if (probe_ && !probe_->done())
      return failure_;
    probe_.reset();
  }
  return sentry_.why_down();
}

// -- connections --------------------------------------------------------------

caf::expected<socket_ptr> exclusive_pool::reserve(real_time deadline,
                                                  const job* whose) {
  std::unique_lock lock{mtx_};
  auto ready = [&] {
    return !idle_.empty() || open_ < max_ || !why_over(whose).empty();
  };
  ++waiting_;
  auto in_time = changed_.wait_until(lock, deadline, ready);
  --waiting_;
  if (auto over = why_over(whose); !over.empty()) {
    changed_.notify_one(); // what woke this caller may have been for another
    return over;
  }
  if (!in_time)
    return make_error(errc::timeout,
                      fmt::format("all {} exclusive connections to Redis were "
                                  "in use",
                                  max_));
  while (!idle_.empty()) {
    auto last = strategy_ == redis_strategy::lifo;
    auto result = std::move(last ? idle_.back() : idle_.front());
    last ? idle_.pop_back() : idle_.pop_front();
    if (!result->unusable())
      return result;
    --open_;
  }
  ++open_;
  return socket_ptr{};
}

caf::expected<socket_ptr> exclusive_pool::connect(real_time deadline,
                                                  const job* whose) {
  auto by = interruption_of(whose);
  by.deadline = deadline;
  auto at = settings_.where(by);
  auto result = at ? dial(*at, settings_.dial, by)
                   : caf::expected<socket_ptr>{std::move(at.error())};
  if (result)
    return result;
  give_back(nullptr);
  auto probe = sentry_.probe();
  std::lock_guard lock{mtx_};
  if (auto over = why_over(whose); !over.empty())
    return over;
  failure_ = result.error();
  probe_ = std::move(probe);
  return result;
}

void exclusive_pool::give_back(socket_ptr link) {
  std::lock_guard lock{mtx_};
  if (link != nullptr && stopped_.empty()
      && (open_ <= size_ || idle_.size() < waiting_)) {
    idle_.push_back(std::move(link));
  } else {
    link.reset(); // before another one may take its place
    --open_;
  }
  changed_.notify_one();
}

void exclusive_pool::drop_idle() {
  std::lock_guard lock{mtx_};
  open_ -= idle_.size();
  idle_.clear();
  changed_.notify_all();
}

void exclusive_pool::stop(const caf::error& why) {
  std::lock_guard lock{mtx_};
  stopped_ = why;
  stopping_.signal();
  open_ -= idle_.size();
  idle_.clear();
  changed_.notify_all();
}

std::pair<size_t, size_t> exclusive_pool::counts() const {
  std::lock_guard lock{mtx_};
  return {open_, idle_.size()};
}

} // namespace actor_cache::redis_wire
