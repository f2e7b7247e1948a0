#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/adapters/ets_file.hpp"

#include <functional>
#include <string>

namespace actor_cache::ets_table {

/// Keeps a table in a file between two runs, or does nothing where the options
/// name no directory.
class rehydration {
public:
  /// @param wall_clock tells the time that goes on between two runs
  rehydration(const ets_options& options, const adapter_context& context,
              std::function<wall_time()> wall_clock
              = &std::chrono::system_clock::now);

  /// The file, empty for none.
  const std::string& path() const noexcept {
    return path_;
  }

  /// Makes the directory where it is missing, and puts what the file has into
  /// `table`.
  caf::error load(adapter& table) const;

  /// Writes the file, whole or not at all.
  caf::error save(adapter& table) const;

private:
  time_point now() const noexcept;

  caf::error explain(const caf::error& reason, std::string_view what) const;

  caf::error write(adapter& table) const;

  std::string folder_;
  std::string path_;
  std::string name_;
  compression_options compression_;
  clock_ptr clock_;
  std::function<wall_time()> wall_clock_;
};

} // namespace actor_cache::ets_table
