#include "actor_cache/address.hpp"

#include "actor_cache/errc.hpp"

#include "../actors/cache_registry.hpp"
#include "../actors/place.hpp"
#include "../actors/scheduler_thread.hpp"

namespace actor_cache {

caf::expected<address> address::find(caf::actor_system& system,
                                     std::string_view path) {
  auto found = detail::cache_registry::of(system).find_place(path);
  if (!found)
    return std::move(found.error());
  return address{std::move(*found)};
}

caf::expected<caf::actor> address::current() const {
  return current(timespan{0});
}

caf::expected<caf::actor> address::current(timespan patience) const {
  if (patience > timespan{0} && detail::on_scheduler_thread())
    return make_error(errc::would_block,
                      "address::current waits, which would hold up the "
                      "scheduler; send to address::actor instead");
  auto found = at_->actor(patience);
  if (!found)
    return std::move(found.error());
  return caf::actor_cast<caf::actor>(*found);
}

caf::actor address::stand_in(timespan patience) const {
  return at_->address(patience);
}

} // namespace actor_cache
