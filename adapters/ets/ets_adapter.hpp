#pragma once

#include "actor_cache/adapters/ets.hpp"

#include "rehydration.hpp"
#include "table_adapter.hpp"

namespace actor_cache::ets_table {

/// A table with one live object under each key.
class ets_adapter final : public table_adapter<shared_spinlock, as_stored>,
                          public ets_backend,
                          public expiry_reports {
public:
  ets_adapter(size_t shards, rehydration file);

  adapter_traits traits() const noexcept override;

  caf::error start() override;

  caf::error stop() override;

  void* find_capability(std::string_view name) noexcept override;

  ets_details details() const override;

  void on_expired(expiry_listener listener) override;

private:
  rehydration file_;
};

} // namespace actor_cache::ets_table
