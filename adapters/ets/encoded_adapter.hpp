#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/multi_valued.hpp"
#include "actor_cache/ordered.hpp"

namespace actor_cache::ets_table {

/// Makes another table hold encoded bytes: encodes what goes in, before any
/// lock is taken, and hands out terms that decode apart from the table.
class encoded_adapter final : public adapter,
                              public ordered,
                              public multi_valued,
                              public ets_backend {
public:
  encoded_adapter(adapter_ptr table, const compression_options& compression);

  adapter_traits traits() const noexcept override;

  caf::error start() override;

  caf::error stop() override;

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override;

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override;

  caf::expected<bool> erase(std::string_view key, time_point now) override;

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override;

  caf::expected<size_t> size(time_point now) override;

  caf::error clear() override;

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override;

  size_t sweep(time_point now) override;

  bool sweep_pending() const noexcept override;

  size_t bytes() const noexcept override;

  removals removed() const noexcept override;

  void* find_capability(std::string_view name) noexcept override;

  // -- ordered ----------------------------------------------------------------

  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way,
            time_point now) override;

  caf::expected<scan_page> scan_back(std::string_view cursor, size_t limit,
                                     time_point now) override;

  // -- multi_valued -----------------------------------------------------------

  caf::expected<std::vector<entry>> lookup(std::string_view key,
                                           time_point now) override;

  caf::expected<std::vector<entry>> take_all(std::string_view key,
                                             time_point now) override;

  caf::expected<bool> erase_object(std::string_view key, version which,
                                   time_point now) override;

  caf::expected<bool> replace_object(std::string_view key, version which,
                                     term next, time_point now) override;

  // -- ets_backend ------------------------------------------------------------

  ets_details details() const override;

private:
  caf::expected<term> encoded(const term& value) const;

  const adapter_ptr table_;
  ordered& order_;
  multi_valued* const bag_;
  const compression_options compression_;
};

} // namespace actor_cache::ets_table
