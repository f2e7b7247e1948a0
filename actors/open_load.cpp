#include "actor_cache/detail/open_load.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/errc.hpp"

#include <fmt/format.h>

namespace actor_cache::detail {

open_load::open_load(cache_actor to, std::string cache, uint64_t lease,
                     const load_options& options)
  : to_(std::move(to)),
    cache_(std::move(cache)),
    lease_(lease),
    options_(options) {
  // nop
}

open_load::~open_load() {
  // Without the memory for a message the lease ends with its owner.
  static_cast<void>(guarded([this]() -> caf::expected<void> {
    end(make_error(errc::load_failed,
                   fmt::format("cache '{}': the promise of a value was let go "
                               "without one",
                               cache_)));
    return {};
  }));
}

void open_load::end(caf::expected<term> result) {
  if (over_.exchange(true))
    return;
  if (result)
    detail::anon_send(to_, msg::fulfil{lease_, std::move(*result), options_});
  else
    detail::anon_send(to_, msg::abandon{lease_, std::move(result.error()),
                                        options_});
}

} // namespace actor_cache::detail
