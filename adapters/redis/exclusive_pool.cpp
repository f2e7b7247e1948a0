#include "exclusive_pool.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::redis_wire {

exclusive_pool::exclusive_pool(const redis_options& options,
                               const connection_settings& settings)
  : size_(options.size),
    max_(options.size + options.max_overflow),
    strategy_(options.strategy),
    settings_(settings) {
  // nop
}

caf::expected<redis_reply> exclusive_pool::call(const commands& what,
                                                real_time deadline) {
  auto link = check_out(deadline);
  if (!link)
    return std::move(link.error());
  interruption by{stopping_};
  auto replies = (*link)->exchange(what, deadline, &by);
  // After an error a late reply may still come: such a connection is of no use.
  check_in(replies ? std::move(*link) : nullptr);
  if (!replies)
    return std::move(replies.error());
  if (what.count() == 1)
    return std::move(replies->front());
  return redis_reply{std::move(*replies)};
}

caf::expected<socket_ptr> exclusive_pool::check_out(real_time deadline) {
  std::unique_lock lock{mtx_};
  auto ready = [this] { return stopped_ || !idle_.empty() || open_ < max_; };
  ++waiting_;
  auto in_time = changed_.wait_until(lock, deadline, ready);
  --waiting_;
  if (!in_time)
    return make_error(errc::timeout,
                      fmt::format("all {} exclusive connections to Redis were "
                                  "in use",
                                  max_));
  while (!stopped_ && !idle_.empty()) {
    auto last = strategy_ == redis_strategy::lifo;
    auto result = std::move(last ? idle_.back() : idle_.front());
    last ? idle_.pop_back() : idle_.pop_front();
    if (!result->unusable())
      return result;
    --open_;
  }
  if (stopped_)
    return make_error(errc::cache_not_running, "the cache was stopped");
  ++open_;
  lock.unlock();
  interruption by{stopping_};
  auto at = settings_.where(stopping_);
  auto how = settings_.dial;
  how.timeout = std::min<timespan>(how.timeout, deadline - real_clock::now());
  auto result = at ? socket::dial(*at, how, by)
                   : caf::expected<socket_ptr>{std::move(at.error())};
  if (!result)
    check_in(nullptr);
  return result;
}

void exclusive_pool::check_in(socket_ptr link) {
  std::lock_guard lock{mtx_};
  if (link != nullptr && !stopped_
      && (open_ <= size_ || idle_.size() < waiting_)) {
    idle_.push_back(std::move(link));
  } else {
    link.reset(); // before another one may take its place
    --open_;
  }
  changed_.notify_one();
}

void exclusive_pool::stop() {
  std::lock_guard lock{mtx_};
  stopped_ = true;
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
