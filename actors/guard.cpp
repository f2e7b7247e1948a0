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

caf::error explain(caf::error err, std::string_view cache,
                   std::string_view key) {
  if (err != errc::type_mismatch && err != errc::corrupt_value)
    return err;
  auto code = err == errc::type_mismatch ? errc::type_mismatch
                                         : errc::corrupt_value;
  auto where = key.data() == nullptr
                 ? fmt::format("cache '{}'", cache)
                 : fmt::format("cache '{}', key '{}'", cache, key);
  return make_error(code, fmt::format("{}: {}", where, message_of(err)));
}

} // namespace actor_cache::detail
