#include "flights.hpp"

#include <chrono>

namespace actor_cache::detail {

// -- flight -------------------------------------------------------------------

void flight::then(std::function<void(const result&)> fun) {
  {
    std::lock_guard guard{mtx_};
    if (!result_) {
      waiters_.push_back(std::move(fun));
      return;
    }
  }
  fun(*result_);
}

std::optional<flight::result> flight::wait_for(timespan timeout) {
  // Longer waits would overflow inside the standard library.
  constexpr timespan longest = std::chrono::hours{24 * 365};
  std::unique_lock guard{mtx_};
  landed_.wait_for(guard, std::min(timeout, longest),
                   [this] { return result_.has_value(); });
  return result_;
}

void flight::land(const result& what) {
  std::vector<std::function<void(const result&)>> waiters;
  {
    std::lock_guard guard{mtx_};
    if (result_)
      return;
    result_.emplace(what);
    waiters.swap(waiters_);
  }
  landed_.notify_all();
  for (auto& fun : waiters)
    fun(what);
}

// -- flight_table -------------------------------------------------------------

flight_table::ticket flight_table::join(std::string_view key, time_point now) {
  auto& part = stripe_of(key);
  std::lock_guard guard{part.mtx};
  auto i = part.items.find(key);
  if (i != part.items.end() && i->second.answers(now))
    return {i->second.flight, false};
  auto next = std::make_shared<flight>(++last_id_, now);
  if (i != part.items.end()) {
    i->second = {next, std::nullopt};
  } else {
    part.items.emplace(std::string{key}, item{next, std::nullopt});
    ++size_;
  }
  return {std::move(next), true};
}

void flight_table::grant(std::string_view key, const flight_ptr& led) {
  std::lock_guard guard{granted_mtx_};
  granted_.emplace(led->id(), std::pair{std::string{key}, led});
}

flight_ptr flight_table::granted(uint64_t id) {
  std::lock_guard guard{granted_mtx_};
  auto i = granted_.find(id);
  return i != granted_.end() ? i->second.second : nullptr;
}

std::vector<uint64_t> flight_table::leases() {
  std::lock_guard guard{granted_mtx_};
  std::vector<uint64_t> result;
  for (const auto& x : granted_)
    result.push_back(x.first);
  return result;
}

std::pair<std::string, flight_ptr> flight_table::redeem(uint64_t id) {
  std::lock_guard guard{granted_mtx_};
  auto found = granted_.extract(id);
  if (found.empty())
    return {};
  return std::move(found.mapped());
}

void flight_table::finish(std::string_view key, const flight_ptr& done,
                          const flight::result& result,
                          std::optional<time_point> remember_until) {
  {
    auto& part = stripe_of(key);
    std::lock_guard guard{part.mtx};
    auto i = part.items.find(key);
    if (i != part.items.end() && i->second.flight == done) {
      if (remember_until) {
        i->second.until = remember_until;
      } else {
        part.items.erase(i);
        --size_;
      }
    }
  }
  done->land(result);
}

void flight_table::supersede(std::string_view key) {
  if (size_.load() == 0)
    return;
  auto& part = stripe_of(key);
  std::lock_guard guard{part.mtx};
  if (auto i = part.items.find(key); i != part.items.end()) {
    i->second.flight->supersede();
    part.items.erase(i);
    --size_;
  }
}

void flight_table::supersede_all() {
  for (auto& flight : remove_if([](const item&) { return true; }))
    flight->supersede();
}

void flight_table::sweep(time_point now) {
  remove_if([now](const item& x) { return x.until && *x.until <= now; });
}

flight_table::stripe& flight_table::stripe_of(std::string_view key) noexcept {
  return stripes_[std::hash<std::string_view>{}(key) % stripes_.size()];
}

template <class Predicate>
std::vector<flight_ptr> flight_table::remove_if(Predicate wanted) {
  std::vector<flight_ptr> result;
  if (size_.load() == 0)
    return result;
  for (auto& part : stripes_) {
    std::lock_guard guard{part.mtx};
    size_ -= std::erase_if(part.items, [&](const auto& x) {
      if (!wanted(x.second))
        return false;
      result.push_back(x.second.flight);
      return true;
    });
  }
  return result;
}

} // namespace actor_cache::detail
