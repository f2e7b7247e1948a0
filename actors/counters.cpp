#include "actor_cache/detail/counters.hpp"

namespace actor_cache::detail {

[[gnu::noinline]] size_t thread_stripe() noexcept {
  static std::atomic<size_t> next{0};
  thread_local const size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

} // namespace actor_cache::detail
