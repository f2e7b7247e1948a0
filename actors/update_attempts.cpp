#include "actor_cache/detail/update_attempts.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

namespace actor_cache::detail {

caf::error update_attempts::come_too_late(std::string_view key) {
  auto now = std::chrono::steady_clock::now();
  if (++count_ == 1)
    first_ = now;
  if (now - first_ < limit_)
    return {};
  return make_error(errc::timeout,
                    fmt::format("cache '{}': update of key '{}': others wrote "
                                "to it during each of {} attempts in {}",
                                cache_, key, count_, render(limit_)));
}

} // namespace actor_cache::detail
