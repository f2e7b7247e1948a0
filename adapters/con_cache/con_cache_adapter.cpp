#include "con_cache_adapter.hpp"

#include "../ets/expiry_reports.hpp"

#include <utility>

namespace actor_cache::con_cache_store {

namespace {

/// The adapter whose sweep runs on this thread.
const void*& sweeping() noexcept {
  thread_local const void* which = nullptr;
  return which;
}

int& skipping() noexcept {
  thread_local int depth = 0;
  return depth;
}

} // namespace

/// Has the lock of a key during a write, where writes take locks.
class con_cache_adapter::write_guard {
public:
  write_guard(con_cache_adapter& home, std::string_view key)
    : home_(home), key_(key) {
    // Who holds the lock may be waiting for room, which only the one who is
    // told makes.
    if (home.dirty_ || skipping() > 0
        || (home.events_ != nullptr && home.events_->is_telling()))
      return;
    // A job comes by mail, so that it is never in a section of its thread.
    auto in_job = detail::fiber_pool::current() != nullptr;
    owner_ = in_job ? lock_table::new_owner() : lock_table::this_owner();
    failure = in_job ? home.locks_.lock_in_job(key, owner_, home.lock_timeout_)
                     : home.locks_.lock(key, home.lock_timeout_);
    locked_ = failure.empty();
  }

  write_guard(const write_guard&) = delete;

  write_guard& operator=(const write_guard&) = delete;

  ~write_guard() {
    if (locked_)
      home_.locks_.unlock(key_, owner_);
  }

  caf::error failure;

private:
  con_cache_adapter& home_;
  std::string_view key_;
  owner owner_ = 0;
  bool locked_ = false;
};

con_cache_adapter::con_cache_adapter(const con_cache_options& options,
                                     adapter_ptr table,
                                     const adapter_context& context)
  : name_(context.cache_name),
    clock_(context.clock),
    lock_timeout_(options.acquire_lock_timeout),
    global_ttl_(options.global_ttl),
    sweep_interval_(options.ttl_check_interval),
    dirty_(options.dirty),
    lifetimes_(options.touch_on_read ? std::make_unique<lifetimes>() : nullptr),
    table_(std::move(table)) {
  if (!options.on_event.empty())
    events_ = std::make_unique<event_queue>(options.on_event,
                                            options.event_capacity,
                                            options.when_events_full,
                                            options.acquire_lock_timeout);
  using ets_table::expiry_reports;
  auto* reports = table_->capability<expiry_reports>();
  if (reports != nullptr && (events_ != nullptr || lifetimes_ != nullptr))
    reports->on_expired([this](std::string_view key, const term& value) {
      tell(event_kind::expired, key, value);
    });
}

adapter_traits con_cache_adapter::traits() const noexcept {
  return {.name = "con_cache",
          .road = road::direct,
          .suspends = !dirty_, // on locks
          .default_ttl = global_ttl_,
          .sweep_interval = sweep_interval_};
}

caf::error con_cache_adapter::start() {
  if (auto err = table_->start(); !err.empty())
    return err;
  if (lifetimes_ != nullptr)
    if (auto err = note_lifetimes(); !err.empty())
      return err;
  return events_ != nullptr ? events_->start() : caf::error{};
}

caf::error con_cache_adapter::note_lifetimes() {
  constexpr size_t page_size = 256;
  auto now = clock_ ? clock_->now() : time_point::clock::now();
  std::string cursor;
  do {
    auto page = table_->scan(cursor, page_size, now);
    if (!page)
      return std::move(page.error());
    for (const auto& [key, found] : page->entries)
      if (found.deadline != never && found.fresh(now))
        lifetimes_->note(key, found.deadline, now);
    cursor = std::move(page->cursor);
  } while (!cursor.empty());
  return {};
}

caf::error con_cache_adapter::stop() {
  if (events_ != nullptr)
    events_->stop();
  return table_->stop();
}

// -- one key ------------------------------------------------------------------

caf::expected<std::optional<entry>> con_cache_adapter::get(std::string_view key,
                                                           time_point now) {
  auto found = table_->get(key, now);
  if (lifetimes_ != nullptr && found && *found && (*found)->deadline != never
      && (*found)->fresh(now))
    renew(key, **found, now);
  return found;
}

void con_cache_adapter::renew(std::string_view key, entry& found,
                              time_point now) {
  auto span = lifetimes_->of(key);
  if (!span || now + *span <= found.deadline)
    return;
  auto written = table_->update(key, now, [&](const entry* current) {
    if (current == nullptr || current->version != found.version)
      return change::keep(); // another caller was faster
    auto next = *current;
    next.deadline = now + *span;
    return change::store(std::move(next));
  });
  if (!written || *written == 0)
    return;
  found.deadline = now + *span;
  found.version = *written;
}

caf::expected<version> con_cache_adapter::put(std::string_view key, entry next,
                                              time_point now) {
  write_guard guard{*this, key};
  if (!guard.failure.empty())
    return std::move(guard.failure);
  auto value = events_ != nullptr ? next.value : term{};
  auto deadline = next.deadline;
  auto written = table_->put(key, std::move(next), now);
  if (!written)
    return written;
  if (lifetimes_ != nullptr)
    lifetimes_->note(key, deadline, now);
  tell(event_kind::updated, key, value);
  return written;
}

caf::expected<version> con_cache_adapter::update(std::string_view key,
                                                 time_point now,
                                                 decide_fn decide) {
  write_guard guard{*this, key};
  if (!guard.failure.empty())
    return std::move(guard.failure);
  return apply(key, now, decide);
}

caf::expected<version> con_cache_adapter::apply(std::string_view key,
                                                time_point now,
                                                decide_fn decide) {
  if (events_ == nullptr && lifetimes_ == nullptr)
    return table_->update(key, now, decide);
  outcome done;
  auto moved = false;
  auto written = table_->update(key, now, [&](const entry* current) {
    auto next = decide(current);
    auto storing = next.what == change::kind::store;
    done.what = next.what;
    done.found = current != nullptr;
    done.value = storing              ? next.next.value
                 : current != nullptr ? current->value
                                      : term{};
    done.deadline = next.next.deadline;
    moved = current == nullptr || current->deadline != done.deadline;
    return next;
  });
  if (!written)
    return written;
  if (done.what == change::kind::store) {
    if (lifetimes_ != nullptr && moved)
      lifetimes_->note(key, done.deadline, now);
    tell(event_kind::updated, key, done.value);
  } else if (done.what == change::kind::erase && done.found) {
    tell(event_kind::deleted, key, done.value);
  }
  return written;
}

caf::expected<bool> con_cache_adapter::erase(std::string_view key,
                                             time_point now) {
  write_guard guard{*this, key};
  if (!guard.failure.empty())
    return std::move(guard.failure);
  if (events_ == nullptr && lifetimes_ == nullptr)
    return table_->erase(key, now);
  auto found = false;
  auto done = apply(key, now, [&](const entry* current) {
    found = current != nullptr;
    return change::erase();
  });
  if (!done)
    return std::move(done.error());
  return found;
}

void con_cache_adapter::tell(event_kind what, std::string_view key,
                             const term& value) {
  if (lifetimes_ != nullptr && what != event_kind::updated)
    lifetimes_->forget(key);
  if (events_ == nullptr)
    return;
  cache_event event{what, name_, std::string{key}, value};
  if (sweeping() == this)
    events_->push_swept(std::move(event));
  else
    events_->push(std::move(event));
}

// -- the whole table ----------------------------------------------------------

caf::expected<size_t> con_cache_adapter::size(time_point now) {
  return table_->size(now);
}

caf::error con_cache_adapter::clear() {
  if (lifetimes_ != nullptr)
    lifetimes_->clear();
  return table_->clear();
}

caf::expected<scan_page> con_cache_adapter::scan(std::string_view cursor,
                                                 size_t limit, time_point now) {
  return table_->scan(cursor, limit, now);
}

size_t con_cache_adapter::sweep(time_point now) {
  // What is not freed yet is told of when it is.
  held_back_ = events_ != nullptr && !events_->takes_sweep();
  if (held_back_)
    return 0;
  auto outer = std::exchange(sweeping(), this);
  auto result = table_->sweep(now);
  sweeping() = outer;
  return result;
}

bool con_cache_adapter::sweep_pending() const noexcept {
  return !held_back_ && table_->sweep_pending();
}

size_t con_cache_adapter::bytes() const noexcept {
  return table_->bytes();
}

removals con_cache_adapter::removed() const noexcept {
  return table_->removed();
}

void* con_cache_adapter::find_capability(std::string_view name) noexcept {
  if (name == lockable::capability_name)
    return static_cast<lockable*>(this);
  if (name == con_cache_backend::capability_name)
    return static_cast<con_cache_backend*>(this);
  return table_->find_capability(name);
}

// -- locks --------------------------------------------------------------------

con_cache_adapter::owner con_cache_adapter::this_owner() const noexcept {
  return lock_table::this_owner();
}

con_cache_adapter::owner con_cache_adapter::new_owner() noexcept {
  return lock_table::new_owner();
}

con_cache_adapter::owner con_cache_adapter::act_for(owner other) noexcept {
  return lock_table::act_for(other);
}

caf::error con_cache_adapter::lock(std::string_view key,
                                   std::optional<timespan> timeout) {
  return locks_.lock(key, timeout.value_or(lock_timeout_));
}

timespan con_cache_adapter::default_timeout() const noexcept {
  return lock_timeout_;
}

void con_cache_adapter::unlock(std::string_view key, owner holder) noexcept {
  locks_.unlock(key, holder);
}

void con_cache_adapter::lock_later(std::string_view key, owner taker,
                                   std::function<void()> granted) {
  locks_.lock_later(key, taker, std::move(granted));
}

bool con_cache_adapter::give_up(std::string_view key, owner waiter) {
  return locks_.give_up(key, waiter);
}

void con_cache_adapter::skip_locks(int change) noexcept {
  skipping() += change;
}

event_counts con_cache_adapter::events() const {
  return events_ != nullptr ? events_->counts() : event_counts{};
}

} // namespace actor_cache::con_cache_store
