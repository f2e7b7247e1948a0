#include "write_queue.hpp"

#include <thread>
#include <utility>

namespace actor_cache::dets_store {

void write_queue::run(request& x, write_fn write) {
  std::unique_lock guard{mtx_};
  auto number = number_;
  auto leads = forming_.empty();
  forming_.push_back(&x);
  guard.unlock();
  if (!leads) {
    wait_for(number);
    return;
  }
  auto alone
    = static_cast<int32_t>(written_[(number - 1) % 2].load() - (number - 1))
      >= 0;
  wait_for(number - 1);
  if (!alone)
    gather();
  guard.lock();
  auto batch = std::exchange(forming_, {});
  ++number_;
  guard.unlock();
  auto start = std::chrono::steady_clock::now();
  write(batch);
  last_took_ = std::chrono::steady_clock::now() - start;
  last_size_ = batch.size();
  auto& mine = written_[number % 2];
  mine.store(number, std::memory_order_release);
  mine.notify_all();
}

void write_queue::gather() {
  auto patience = std::chrono::steady_clock::now() + last_took_ / 4;
  size_t wanted = 0;
  for (;;) {
    {
      std::lock_guard guard{mtx_};
      if (wanted == 0)
        wanted = forming_.size() + last_size_;
      if (forming_.size() >= wanted)
        return;
    }
    if (std::chrono::steady_clock::now() >= patience)
      return;
    std::this_thread::yield();
  }
}

void write_queue::wait_for(uint32_t number) noexcept {
  auto& x = written_[number % 2];
  for (;;) {
    auto seen = x.load(std::memory_order_acquire);
    if (static_cast<int32_t>(seen - number) >= 0)
      return;
    x.wait(seen, std::memory_order_acquire);
  }
}

} // namespace actor_cache::dets_store
