#include "sandbox_front.hpp"

#include "place.hpp"

namespace actor_cache::detail {

engine_hooks::~engine_hooks() = default;

sandbox_front* engine_hooks::front() noexcept {
  return nullptr;
}

sandbox_front::sandbox_front(std::shared_ptr<tenant_directory> directory,
                             std::string cache)
  : directory_(std::move(directory)), cache_(std::move(cache)) {
  // nop
}

engine_ref sandbox_front::route(engine& self) const {
  // A cache that was stopped says so itself.
  if (auto whom = self.stopped() ? nullptr : directory_->caller())
    if (auto target = whom->find(self))
      return target;
  return &self;
}

caf::expected<caf::strong_actor_ptr> sandbox_front::actor(engine& self) const {
  // Strangers get the actor that decides by the sender of each message.
  if (auto whom = self.stopped() ? nullptr : directory_->caller())
    return whom->actor_of(self);
  auto at = self.where();
  if (!at)
    return std::move(at.error());
  return caf::actor_cast<caf::strong_actor_ptr>((*at)->address(timespan{0}));
}

caf::expected<caf::strong_actor_ptr>
sandbox_front::actor_for(engine& self,
                         const caf::strong_actor_ptr& sender) const {
  if (auto whom = directory_->on_behalf_of(sender))
    return whom->actor_of(self);
  return directory_->refusal(cache_, nullptr,
                             sender != nullptr ? sender->id() : 0);
}

caf::error sandbox_front::admit() {
  auto whom = directory_->caller();
  return directory_->refusal(cache_, whom.get(), directory_->running_actor());
}

void sandbox_front::note(counter, std::string_view) {
  // nop
}

loader sandbox_front::carry(loader load) {
  return load;
}

sandbox_front* sandbox_front::front() noexcept {
  return this;
}

} // namespace actor_cache::detail
