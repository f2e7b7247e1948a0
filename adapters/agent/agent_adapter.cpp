#include "actor_cache/adapters/agent.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <map>

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
    entries_.erase(i);
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
      entries_.erase(i);
    return version{0};
  }

  caf::expected<size_t> size(time_point) override {
    return entries_.size();
  }

  caf::error clear() override {
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
    return std::erase_if(entries_,
                         [now](const auto& x) { return !x.second.kept(now); });
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
  version store(std::string_view key, entry next) {
    next.version = ++last_version_;
    entries_.insert_or_assign(std::string{key}, std::move(next));
    return last_version_;
  }

  const entry* find(std::string_view key, time_point now) const {
    auto i = entries_.find(key);
    return i != entries_.end() && i->second.kept(now) ? &i->second : nullptr;
  }

  std::map<std::string, entry, std::less<>> entries_;
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
