#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/ordered.hpp"

#include "entry_table.hpp"

namespace actor_cache::ets_table {

/// An adapter that is a table in memory and nothing else: the calls of
/// `adapter` and `ordered`. Adapters with more to offer derive from it.
template <class Mutex, class Form>
class table_adapter : public adapter, public ordered {
public:
  explicit table_adapter(size_t shards) : table_(shards) {
    // nop
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    return table_.get(key, now);
  }

  caf::error read(std::string_view key, time_point now, see_fn see) override {
    table_.read(key, now, see);
    return {};
  }

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override {
    return table_.put(key, std::move(next), now);
  }

  caf::expected<bool> erase(std::string_view key, time_point now) override {
    return table_.erase(key, now);
  }

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override {
    return table_.update(key, now, decide);
  }

  caf::expected<size_t> size(time_point) override {
    return table_.size();
  }

  caf::error clear() override {
    table_.clear();
    return {};
  }

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override {
    return table_.scan(cursor, limit, now);
  }

  size_t sweep(time_point now) override {
    table_.sweep(now);
    return 0; // `removed` has counted
  }

  bool sweep_pending() const noexcept override {
    return table_.sweep_pending();
  }

  size_t bytes() const noexcept override {
    return table_.bytes();
  }

  removals removed() const noexcept override {
    return table_.removed();
  }

  void* find_capability(std::string_view name) noexcept override {
    if (name == ordered::capability_name)
      return static_cast<ordered*>(this);
    return nullptr;
  }

  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way,
            time_point now) override {
    return table_.neighbour(key, way, now);
  }

  caf::expected<scan_page> scan_back(std::string_view cursor, size_t limit,
                                     time_point now) override {
    return table_.scan_back(cursor, limit, now);
  }

protected:
  entry_table<Mutex, Form> table_;
};

} // namespace actor_cache::ets_table
