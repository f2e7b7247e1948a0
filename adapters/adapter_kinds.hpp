#pragma once

#include "actor_cache/adapter_options.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <functional>
#include <map>
#include <shared_mutex>
#include <span>
#include <string>

namespace actor_cache::detail {

/// The adapters that configuration can name, with the options that they have
/// where it sets none.
///
/// Thread safety: all members may be called at the same time.
class adapter_kinds {
public:
  /// Knows the adapters of this library.
  adapter_kinds();

  /// @returns `errc::name_taken` where there is an adapter of that name
  caf::error add(std::string name, any_options_ptr defaults);

  /// Returns the options of the adapter that `from` names.
  /// @returns `errc::invalid_argument`, naming the nearest adapter
  caf::expected<any_options_ptr> find(const option_source& from) const;

private:
  mutable std::shared_mutex mtx_;
  std::map<std::string, any_options_ptr, std::less<>> kinds_;
};

/// Returns the options of an adapter where configuration names none.
using otherwise_fn = function_ref<caf::expected<any_options_ptr>()>;

/// Reads the options of an adapter out of the group `from`, whose option
/// `adapter` names it. The group may have options of `more` as well.
/// @returns `errc::invalid_argument`, naming the option by its path
caf::expected<any_options_ptr>
read_adapter(const option_source& from, otherwise_fn otherwise,
             std::span<const option_table> more = {});

} // namespace actor_cache::detail
