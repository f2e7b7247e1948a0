#include "actor_cache/detail/guard.hpp"

#include <fmt/format.h>

#include <new>

namespace actor_cache::detail {

caf::error current_exception_error() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    // No memory, so no message either.
    return caf::error{errc::exception};
  } catch (const std::exception& ex) {
    return make_error(errc::exception,
                      fmt::format("an exception escaped: {}", ex.what()));
  } catch (...) {
    return make_error(errc::exception,
                      "something that is no std::exception was thrown");
  }
}

} // namespace actor_cache::detail
