#include "overlay.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace actor_cache::dets_store {

std::optional<objects> overlay::find(std::string_view key) const {
  std::optional<objects> result;
  look_at(key, [&](const objects& state) { result = state; });
  return result;
}

void overlay::store(std::string_view key, objects state) {
  size_t bytes = key.size();
  for (const auto& x : state)
    bytes += x.value.footprint();
  auto& home = const_cast<stripe&>(stripe_of(key));
  std::unique_lock guard{home.mtx};
  auto i = home.open.find(key);
  if (i == home.open.end()) {
    home.open.emplace(std::string{key}, std::move(state));
    open_keys_.fetch_add(1, std::memory_order_relaxed);
    keys_.fetch_add(1, std::memory_order_release);
  } else {
    i->second.swap(state); // the old one goes outside of the lock
  }
  open_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void overlay::seal() {
  for (auto& x : stripes_) {
    std::unique_lock guard{x.mtx};
    x.sealed.swap(x.open);
  }
  open_keys_ = 0;
  open_bytes_ = 0;
}

std::vector<key_change> overlay::sealed() const {
  std::vector<key_change> result;
  for (const auto& x : stripes_) {
    std::shared_lock guard{x.mtx};
    for (const auto& [key, state] : x.sealed)
      result.emplace_back(key, &state);
  }
  return result;
}

void overlay::drop_sealed() {
  for (auto& x : stripes_) {
    map_type gone;
    {
      std::unique_lock guard{x.mtx};
      gone.swap(x.sealed);
    }
    keys_.fetch_sub(gone.size(), std::memory_order_release);
  }
}

void overlay::clear() {
  drop_sealed();
  seal();
  drop_sealed();
}

std::vector<std::string> overlay::expired(size_t limit, time_point now) {
  std::vector<std::string> result;
  size_t seen = 0;
  for (size_t i = 0; i < stripes_.size() && !empty(); ++i) {
    const auto& x = stripes_[next_stripe_];
    std::shared_lock guard{x.mtx};
    for (; next_bucket_ < x.open.bucket_count(); ++next_bucket_) {
      if (seen >= limit)
        return result;
      ++seen; // an empty one is a look, too
      for (auto at = x.open.begin(next_bucket_); at != x.open.end(next_bucket_);
           ++at)
        if (std::any_of(at->second.begin(), at->second.end(),
                        [&](const entry& y) { return !y.kept(now); }))
          result.push_back(at->first);
    }
    next_bucket_ = 0;
    next_stripe_ = (next_stripe_ + 1) % stripes_.size();
  }
  return result;
}

} // namespace actor_cache::dets_store
