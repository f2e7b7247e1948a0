// The handles that tests hold.

#include "actor_cache/sandbox.hpp"

#include "sandbox_registry.hpp"

#include <fmt/format.h>

namespace actor_cache {

namespace {

caf::expected<void> to_expected(caf::error err) {
  if (!err.empty())
    return err;
  return {};
}

} // namespace

std::string to_string(access x) {
  switch (x) {
    case access::hit:
      return "hit";
    case access::miss:
      return "miss";
    case access::put:
      return "put";
    case access::erase:
      return "erase";
  }
  return fmt::format("access({})", static_cast<int>(x));
}

std::string to_string(const key_access& x) {
  return fmt::format("{} {} {}", x.cache, to_string(x.what), x.key);
}

// -- thread_scope -------------------------------------------------------------

thread_scope::thread_scope(std::shared_ptr<detail::tenant> whom)
  : binding_(std::make_shared<detail::thread_binding>(std::move(whom))) {
  detail::push_binding(binding_);
}

thread_scope& thread_scope::operator=(thread_scope&& other) noexcept {
  binding_.swap(other.binding_);
  return *this;
}

thread_scope::~thread_scope() {
  if (binding_ != nullptr)
    binding_->active = false;
}

// -- sandbox ------------------------------------------------------------------

thread_scope sandbox::bind() const {
  return thread_scope{tenant_};
}

caf::expected<void>
sandbox::allow_actor(const caf::strong_actor_ptr& child) const {
  return to_expected(tenant_->directory()->claim(child, tenant_));
}

caf::expected<void> sandbox::allow_running_actor() const {
  const auto& directory = tenant_->directory();
  return to_expected(directory->claim(directory->running_actor(), tenant_));
}

caf::expected<void> sandbox::add(const std::string& cache) const {
  return to_expected(tenant_->directory()->add(*tenant_, cache));
}

caf::expected<void> sandbox::remove(const std::string& cache) const {
  return to_expected(tenant_->remove(cache));
}

std::vector<std::string> sandbox::caches() const {
  return tenant_->caches();
}

void sandbox::advance(timespan by) const {
  tenant_->advance(by);
}

timespan sandbox::elapsed() const {
  return tenant_->elapsed();
}

std::vector<key_access> sandbox::log() const {
  return tenant_->log();
}

std::vector<std::string> sandbox::keys(access what,
                                       std::string_view cache) const {
  std::vector<std::string> result;
  for (auto& x : tenant_->log())
    if (x.what == what && x.cache == cache)
      result.push_back(std::move(x.key));
  return result;
}

uint64_t sandbox::unlogged() const {
  return tenant_->unlogged();
}

void sandbox::clear_log() const {
  tenant_->clear_log();
}

caf::expected<void> sandbox::require_empty() const {
  return to_expected(tenant_->require_empty());
}

void sandbox::fail_next(errc code, std::string cache, size_t times) const {
  tenant_->fail_next(code, std::move(cache), times);
}

void sandbox::latency(timespan span) const {
  tenant_->latency(span);
}

caf::expected<sandbox_snapshot> sandbox::snapshot() const {
  return tenant_->snapshot();
}

void sandbox::stop() const {
  tenant_->directory()->end(tenant_);
}

bool sandbox::running() const {
  return !tenant_->ended();
}

caf::actor_system& sandbox::system() const noexcept {
  return tenant_->directory()->system();
}

sandbox_scope::~sandbox_scope() {
  if (tenant_ != nullptr)
    stop();
}

// -- sandbox_registry ---------------------------------------------------------

caf::expected<sandbox_registry>
sandbox_registry::start(caf::actor_system& system) {
  detail::start_sandbox_registry(system);
  return of(system);
}

caf::expected<sandbox_registry>
sandbox_registry::of(caf::actor_system& system) {
  auto directory = detail::tenant_directory::of(system);
  if (directory->registry() == nullptr)
    return directory->not_started();
  return sandbox_registry{std::move(directory)};
}

caf::expected<sandbox_scope>
sandbox_registry::start_here(const std::vector<std::string>& caches,
                             const sandbox_options& options) const {
  auto started = directory_->start(nullptr, caches, options);
  if (!started)
    return std::move(started.error());
  return sandbox_scope{sandbox{std::move(*started)}};
}

caf::expected<sandbox>
sandbox_registry::start_for(const caf::strong_actor_ptr& owner,
                            const std::vector<std::string>& caches,
                            const sandbox_options& options) const {
  if (owner == nullptr)
    return make_error(errc::invalid_argument,
                      "the owner of the sandbox is empty; accepted is a "
                      "running actor of this actor system");
  auto started = directory_->start(owner, caches, options);
  if (!started)
    return std::move(started.error());
  return sandbox{std::move(*started)};
}

caf::expected<sandbox>
sandbox_registry::find_of(const caf::strong_actor_ptr& who) const {
  auto whom = directory_->find(who);
  if (whom == nullptr)
    return directory_->unowned(who != nullptr ? who->id() : 0);
  return sandbox{std::move(whom)};
}

caf::expected<sandbox> sandbox_registry::find() const {
  auto whom = directory_->caller();
  if (whom == nullptr)
    return directory_->unowned(directory_->running_actor());
  return sandbox{std::move(whom)};
}

caf::expected<void> sandbox_registry::share(const sandbox& box) const {
  return to_expected(directory_->share(box.tenant_));
}

size_t sandbox_registry::size() const {
  return directory_->size();
}

sandbox_registry_actor sandbox_registry::actor() const {
  return caf::actor_cast<sandbox_registry_actor>(directory_->registry());
}

} // namespace actor_cache
