#pragma once

#include "actor_cache/adapter.hpp"

#include <utility>

namespace actor_cache::test {

/// Passes its calls on to another adapter. Tests override what they are after.
class wrapped_adapter : public adapter {
public:
  explicit wrapped_adapter(adapter_ptr inner) : inner_(std::move(inner)) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return inner_->traits();
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    return inner_->get(key, now);
  }

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override {
    return inner_->put(key, std::move(next), now);
  }

  caf::expected<bool> erase(std::string_view key, time_point now) override {
    return inner_->erase(key, now);
  }

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override {
    return inner_->update(key, now, decide);
  }

  caf::expected<size_t> size(time_point now) override {
    return inner_->size(now);
  }

  caf::error clear() override {
    return inner_->clear();
  }

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override {
    return inner_->scan(cursor, limit, now);
  }

  removals removed() const noexcept override {
    return inner_->removed();
  }

private:
  adapter_ptr inner_;
};

} // namespace actor_cache::test
