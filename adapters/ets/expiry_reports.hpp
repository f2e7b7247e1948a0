#pragma once

#include "actor_cache/term.hpp"

#include <functional>
#include <string_view>

namespace actor_cache::ets_table {

/// Called for an entry that went because its time was over; no lock is held.
using expiry_listener
  = std::function<void(std::string_view key, const term& value)>;

/// What tables offer that tell which entries have expired.
class expiry_reports {
public:
  static constexpr std::string_view capability_name = "ets_expiry_reports";

  virtual ~expiry_reports() = default;

  /// Sets who is told. To be called before the table is used.
  virtual void on_expired(expiry_listener listener) = 0;
};

} // namespace actor_cache::ets_table
