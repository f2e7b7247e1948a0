#include "actor_cache/adapters/agent.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

namespace actor_cache {

namespace {

/// A plain map: the cache's actor is the only one that touches it.
class agent_adapter final : public adapter {
public:
  adapter_traits traits() const noexcept override {
    return {"agent", road::mail};
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    if (const auto* found = find(key, now))
      return std::optional<entry>{*found};
    return std::optional<entry>{};
  }

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override {
    if (auto i = entries_.find(key); i != entries_.end())
      ++(i->second.fresh(now) ? removed_.replaced : removed_.expired);
    return store(key, std::move(next));
  }

  caf::expected<bool> erase(std::string_view key, time_point now) override {
    auto i = entries_.find(key);
    if (i == entries_.end())
      return false;
    auto found = i->second.kept(now);
    removed_.expired += found ? 0 : 1;
    remove(i);
    return found;
  }

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override {
    auto next = decide(find(key, now));
    if (next.what == change::kind::keep)
      return version{0};
    auto i = entries_.find(key);
    if (i != entries_.end() && !i->second.kept(now))
      ++removed_.expired;
    if (next.what == change::kind::store)
      return store(key, std::move(next.next));
    if (i != entries_.end())
      remove(i);
    return version{0};
  }

  caf::expected<size_t> size(time_point) override {
    return entries_.size();
  }

  caf::error clear() override {
    ends_.clear();
    entries_.clear();
    return {};
  }

  /// The cursor is the key to go on with, behind a colon.
  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override {
    if (!cursor.empty() && cursor.front() != ':')
      return make_error(errc::invalid_argument,
                        fmt::format("'{}' is no cursor of this cache; accepted "
                                    "is the cursor of its last page, or an "
                                    "empty one",
                                    cursor));
    auto i = cursor.empty() ? entries_.begin()
                            : entries_.lower_bound(cursor.substr(1));
    scan_page result;
    for (; i != entries_.end() && result.entries.size() < limit; ++i)
      if (i->second.kept(now))
        result.entries.emplace_back(*i);
    if (i != entries_.end())
      result.cursor = ":" + i->first;
    return result;
  }

  size_t sweep(time_point now) override {
    size_t result = 0;
    for (; result < sweep_limit && due(now); ++result)
      remove(ends_.begin()->second);
    sweep_pending_ = due(now);
    return result;
  }

  bool sweep_pending() const noexcept override {
    return sweep_pending_;
  }

  size_t bytes() const noexcept override {
    size_t result = 0;
    for (const auto& [key, content] : entries_)
      result += key.size() + sizeof(entry) + content.value.footprint();
    return result;
  }

  removals removed() const noexcept override {
    return removed_;
  }

private:
  using entry_map = std::map<std::string, entry, std::less<>>;

  /// Orders entries by their ends, then by their keys.
  struct by_end {
    using item = std::pair<time_point, entry_map::iterator>;

    bool operator()(const item& x, const item& y) const noexcept {
      return std::tie(x.first, x.second->first)
             < std::tie(y.first, y.second->first);
    }
  };

  /// Entries that one `sweep` frees, so that other mail has its turn.
  static constexpr size_t sweep_limit = 8192;

  version store(std::string_view key, entry next) {
    next.version = ++last_version_;
    auto i = entries_.find(key);
    if (i == entries_.end()) {
      i = entries_.emplace(std::string{key}, std::move(next)).first;
    } else {
      forget_end(i);
      i->second = std::move(next);
    }
    if (auto end = i->second.kept_until(); end != never)
      ends_.emplace(end, i);
    return last_version_;
  }

  void remove(entry_map::iterator i) {
    forget_end(i);
    entries_.erase(i);
  }

  void forget_end(entry_map::iterator i) {
    ends_.erase({i->second.kept_until(), i});
  }

  /// Tells whether there is an entry whose time is over.
  bool due(time_point now) const {
    return !ends_.empty() && ends_.begin()->first <= now;
  }

  const entry* find(std::string_view key, time_point now) const {
    auto i = entries_.find(key);
    return i != entries_.end() && i->second.kept(now) ? &i->second : nullptr;
  }

  entry_map entries_;

  /// The entries that expire, by when they do.
  std::set<std::pair<time_point, entry_map::iterator>, by_end> ends_;
  bool sweep_pending_ = false;
  version last_version_ = 0;
  removals removed_;
};

} // namespace

caf::error agent_options::validate() const {
  return {};
}

adapter_ptr agent_options::make(const adapter_context&) const {
  return std::make_unique<agent_adapter>();
}

} // namespace actor_cache
