#pragma once

#include "actor_cache/detail/fiber_pool.hpp"

#include <memory>

namespace actor_cache::test {

inline std::shared_ptr<detail::fiber_pool> make_pool() {
  return std::make_shared<detail::fiber_pool>();
}

} // namespace actor_cache::test
