#include "tenant.hpp"

#include "actor_cache/errc.hpp"
#include "actor_cache/imaging.hpp"

#include "cache_actor_state.hpp"
#include "cache_registry.hpp"
#include "place.hpp"
#include "tenant_directory.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace actor_cache {

struct sandbox_snapshot::content {
  /// What one cache held: an image where its store has more than entries.
  struct part {
    std::vector<std::pair<std::string, entry>> entries;
    store_image_ptr image;

    std::vector<std::string> keys() const {
      if (image != nullptr)
        return image->keys();
      std::vector<std::string> result;
      for (const auto& [key, value] : entries)
        result.push_back(key);
      return result;
    }
  };

  std::map<std::string, part> caches;
  timespan elapsed{0};
};

} // namespace actor_cache

namespace actor_cache::detail {

namespace {

class stacked_clock final : public clock {
public:
  stacked_clock(clock_ptr base, std::shared_ptr<const tenant_clock> top)
    : base_(std::move(base)), top_(std::move(top)) {
    // nop
  }

  time_point now() const noexcept override {
    // Some time after the epoch, as a steady clock would have it.
    auto begin = base_ != nullptr ? base_->now()
                                  : time_point{std::chrono::hours{24}};
    return begin + top_->elapsed();
  }

private:
  const clock_ptr base_;
  const std::shared_ptr<const tenant_clock> top_;
};

/// What an instance tells its tenant.
class instance_hooks final : public engine_hooks {
public:
  instance_hooks(std::weak_ptr<tenant> whom, const cache_spec& spec)
    : whom_(std::move(whom)),
      cache_(spec.name),
      call_timeout_(spec.call_timeout) {
    // nop
  }

  caf::error admit() override {
    if (auto whom = whom_.lock())
      return whom->admit(cache_, call_timeout_);
    return make_error(errc::no_sandbox,
                      fmt::format("cache '{}': the sandbox has ended", cache_));
  }

  void note(counter which, std::string_view key) override {
    auto what = to_access(which);
    if (auto whom = what ? whom_.lock() : nullptr)
      whom->note(cache_, *what, key);
  }

  loader carry(loader load) override {
    return [whom = whom_, load = std::move(load)]() -> caf::expected<term> {
      auto binding = std::shared_ptr<thread_binding>{};
      if (auto locked = whom.lock()) {
        binding = std::make_shared<thread_binding>(std::move(locked));
        push_binding(binding);
      }
      auto result = load();
      if (binding != nullptr)
        binding->active = false;
      return result;
    };
  }

private:
  static std::optional<access> to_access(counter which) noexcept {
    switch (which) {
      case counter::hits:
        return access::hit;
      case counter::misses:
        return access::miss;
      case counter::puts:
        return access::put;
      case counter::erased:
        return access::erase;
      default:
        return std::nullopt;
    }
  }

  const std::weak_ptr<tenant> whom_;
  const std::string cache_;
  const timespan call_timeout_;
};

} // namespace

/// What is to be done to an instance after its actor has ended: once, by
/// whoever hears of the end first.
class tenant::aftermath {
public:
  explicit aftermath(std::weak_ptr<engine> target)
    : target_(std::move(target)) {
    // nop
  }

  void settle() {
    std::call_once(settled_, [this] {
      if (auto target = target_.lock())
        static_cast<void>(target->recover()); // a store in memory cannot fail
    });
  }

private:
  const std::weak_ptr<engine> target_;
  std::once_flag settled_;
};

// -- clock --------------------------------------------------------------------

void tenant_clock::advance(timespan by) noexcept {
  if (by > timespan{0})
    elapsed_ += by.count();
}

clock_ptr tenant_clock::on_top_of(clock_ptr base,
                                  std::shared_ptr<const tenant_clock> self) {
  return std::make_shared<stacked_clock>(std::move(base), std::move(self));
}

// -- lifecycle ----------------------------------------------------------------

tenant::tenant(std::shared_ptr<tenant_directory> home,
               const sandbox_options& options)
  : home_(std::move(home)),
    clock_(std::make_shared<tenant_clock>()),
    from_(options.from),
    log_limit_(options.log_limit) {
  if (from_.content_ != nullptr)
    clock_->advance(from_.content_->elapsed);
}

tenant::~tenant() = default;

void tenant::end() {
  ended_ = true;
  decltype(instances_) instances;
  {
    std::unique_lock guard{mtx_};
    instances.swap(instances_);
  }
  for (auto& [name, what] : instances)
    close(what);
}

void tenant::close(instance& what) const {
  if (what.target == nullptr)
    return;
  if (auto at = what.target->where()) {
    auto hdl = (*at)->actor();
    (*at)->close();
    // Once the system ends, an actor ends with the last reference to it.
    if (hdl && !cache_registry::of(home_->system()).closed())
      caf::anon_send_exit(caf::actor_cast<caf::actor>(*hdl),
                          caf::exit_reason::user_shutdown);
  }
  what = {};
}

caf::error tenant::ended_error(std::string_view cache) const {
  return make_error(errc::no_sandbox,
                    fmt::format("cache '{}': the sandbox has ended", cache));
}

// -- caches -------------------------------------------------------------------

caf::expected<tenant::instance> tenant::open(const engine& front) {
  auto spec = front.spec();
  // On the sandbox's own clock entries end when that moves, and at no other
  // time.
  if (spec.clock == nullptr)
    spec.sweep_interval = timespan::max();
  spec.clock = tenant_clock::on_top_of(spec.clock, clock_);
  auto store = spec.adapter.make_stand_in(
    {spec.name, spec.compression, spec.clock, &home_->system()});
  instance result;
  result.store = store.get();
  auto hooks = std::make_shared<instance_hooks>(weak_from_this(), spec);
  // The store is closed when the last call has ended.
  result.target = engine_ptr{
    new engine{home_->system(), spec, std::move(store), std::move(hooks)},
    [](engine* ptr) {
      static_cast<void>(ptr->stop()); // nothing was to be kept
      delete ptr;
    }};
  if (auto err = result.target->start(); !err.empty())
    return err;
  return result;
}

caf::error tenant::restore(const std::string& cache, instance& into) const {
  if (from_.content_ == nullptr)
    return {};
  auto found = from_.content_->caches.find(cache);
  if (found == from_.content_->caches.end())
    return {};
  // As for any call that writes past the engine.
  auto now = into.target->begin_write({});
  if (!now)
    return std::move(now.error());
  const auto& part = found->second;
  if (part.image == nullptr)
    return into.store->put_many(part.entries, *now);
  if (auto* store = into.store->capability<imaging>())
    return store->restore(*part.image, *now);
  return make_error(errc::invalid_argument,
                    fmt::format("cache '{}': its adapter {} cannot hold what "
                                "the snapshot has; begin with a snapshot of "
                                "the same cache",
                                cache, into.target->traits().name));
}

caf::error tenant::add(const engine& front) {
  if (ended())
    return ended_error(front.name());
  auto opened = open(front);
  if (!opened)
    return std::move(opened.error());
  if (auto err = restore(front.name(), *opened); !err.empty())
    return err;
  std::unique_lock guard{mtx_};
  auto added = instances_.try_emplace(front.name(), std::move(*opened)).second;
  guard.unlock();
  if (added) {
    // With a clock that others move it takes an actor to sweep.
    if (front.spec().clock != nullptr)
      static_cast<void>(actor_of(front));
    return {};
  }
  return make_error(errc::name_taken,
                    fmt::format("the sandbox has an instance of cache '{}' "
                                "already; name each cache once",
                                front.name()));
}

caf::error tenant::remove(const std::string& cache) {
  instance removed;
  std::unique_lock guard{mtx_};
  auto found = instances_.extract(cache);
  guard.unlock();
  if (found.empty())
    return home_->refusal(cache, this, 0);
  close(found.mapped());
  return {};
}

engine_ptr tenant::find(const engine& front) {
  {
    std::shared_lock guard{mtx_};
    auto found = instances_.find(front.name());
    if (found == instances_.end())
      return nullptr;
    if (found->second.target != nullptr)
      return found->second.target;
  }
  // The cache was stopped and is back.
  auto opened = open(front);
  std::unique_lock guard{mtx_};
  auto found = instances_.find(front.name());
  if (found == instances_.end() || !opened)
    return nullptr;
  if (found->second.target == nullptr)
    found->second = std::move(*opened);
  return found->second.target;
}

caf::expected<caf::strong_actor_ptr> tenant::actor_of(const engine& front) {
  auto target = find(front);
  if (target == nullptr)
    return home_->refusal(front.name(), this, 0);
  auto at = target->where();
  if (!at)
    return std::move(at.error());
  std::lock_guard guard{spawn_mtx_};
  if (auto hdl = (*at)->actor())
    return hdl;
  // What a supervisor does for a cache, except that the next actor is not
  // spawned before somebody asks for it.
  auto& last = aftermaths_[front.name()];
  if (last != nullptr)
    last->settle();
  last = std::make_shared<aftermath>(target);
  auto result = spawn_cache_actor(home_->system(), target);
  (*at)->fill(result);
  result->get()->attach_functor([after = last] { after->settle(); });
  return result;
}

std::vector<std::string> tenant::caches() const {
  std::vector<std::string> result;
  std::shared_lock guard{mtx_};
  for (const auto& [name, what] : instances_)
    result.push_back(name);
  return result;
}

void tenant::cache_stopped(const std::string& cache) {
  instance stopped;
  {
    std::unique_lock guard{mtx_};
    auto found = instances_.find(cache);
    if (found != instances_.end())
      std::swap(stopped, found->second);
  }
  close(stopped);
}

// -- calls --------------------------------------------------------------------

std::optional<errc> tenant::next_failure(const std::string& cache) {
  std::lock_guard guard{events_mtx_};
  auto found = std::find_if(failures_.begin(), failures_.end(),
                            [&](const failure& x) {
                              return x.cache.empty() || x.cache == cache;
                            });
  if (found == failures_.end())
    return std::nullopt;
  auto result = found->code;
  if (--found->times == 0)
    failures_.erase(found);
  return result;
}

caf::error tenant::admit(const std::string& cache, timespan call_timeout) {
  if (ended())
    return ended_error(cache);
  auto span = timespan{latency_.load()};
  clock_->advance(span);
  if (span >= call_timeout)
    return make_error(errc::timeout,
                      fmt::format("cache '{}': no answer within {}, since the "
                                  "sandbox has a latency of {}",
                                  cache, render(call_timeout), render(span)));
  if (auto code = next_failure(cache))
    return make_error(*code, fmt::format("cache '{}': failed as the test asked "
                                         "for with fail_next",
                                         cache));
  return {};
}

void tenant::note(const std::string& cache, access what, std::string_view key) {
  std::lock_guard guard{events_mtx_};
  if (log_.size() < log_limit_)
    log_.push_back({cache, std::string{key}, what});
  else
    ++unlogged_;
}

// -- what a test does ---------------------------------------------------------

void tenant::advance(timespan by) {
  clock_->advance(by);
  std::shared_lock guard{mtx_};
  for (auto& [name, what] : instances_)
    if (what.target != nullptr)
      what.target->sweep();
}

uint64_t tenant::unlogged() const {
  std::lock_guard guard{events_mtx_};
  return unlogged_;
}

std::vector<key_access> tenant::log() const {
  std::lock_guard guard{events_mtx_};
  return log_;
}

void tenant::clear_log() {
  std::lock_guard guard{events_mtx_};
  log_.clear();
  unlogged_ = 0;
}

void tenant::fail_next(errc code, std::string cache, size_t times) {
  if (times == 0)
    return;
  std::lock_guard guard{events_mtx_};
  failures_.push_back({code, std::move(cache), times});
}

caf::error tenant::require_empty() const {
  auto left = snapshot();
  if (!left)
    return std::move(left.error());
  constexpr size_t shown = 5;
  for (const auto& [name, part] : left->content_->caches) {
    auto keys = part.keys();
    if (keys.empty())
      continue;
    auto last = keys.begin() + std::min(keys.size(), shown);
    return make_error(errc::key_exists,
                      fmt::format("cache '{}' has {} entries left: {}{}", name,
                                  keys.size(),
                                  fmt::join(keys.begin(), last, ", "),
                                  keys.size() > shown ? ", ..." : ""));
  }
  return {};
}

caf::expected<sandbox_snapshot> tenant::snapshot() const {
  auto content = std::make_shared<sandbox_snapshot::content>();
  content->elapsed = clock_->elapsed();
  std::shared_lock guard{mtx_};
  for (const auto& [name, what] : instances_) {
    auto& part = content->caches[name];
    if (what.target == nullptr)
      continue;
    auto now = what.target->spec().clock->now();
    if (auto* store = what.store->capability<imaging>()) {
      part.image = store->image(now);
      continue;
    }
    std::string cursor;
    do {
      auto page = what.store->scan(cursor, 256, now);
      if (!page)
        return std::move(page.error());
      for (auto& x : page->entries)
        if (x.second.kept(now))
          part.entries.push_back(std::move(x));
      cursor = std::move(page->cursor);
    } while (!cursor.empty());
  }
  sandbox_snapshot result;
  result.content_ = std::move(content);
  return result;
}

} // namespace actor_cache::detail
