#pragma once

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/detail/ets_primitives.hpp"

#include <concepts>

namespace actor_cache::detail {

/// The calls of `ets` that take all entries elsewhere, or from there.
template <class Cache, class V>
class ets_copy_calls {
public:
  /// Works as `save_snapshot`, which every cache has. (`ets:tab2file/2`.)
  caf::expected<void>
  save_to(const std::string& path,
          const compression_options& compression = {}) const {
    auto saved = self().save_snapshot(path, compression);
    if (!saved)
      return std::move(saved.error());
    return {};
  }

  /// Works as `load_snapshot`, which every cache has, and returns what the file
  /// says about itself. (`ets:file2tab/2`.)
  caf::expected<ets_file_info> load_from(const std::string& path) const {
    return guarded([&]() -> caf::expected<ets_file_info> {
      auto loaded = self().load_snapshot(path);
      if (!loaded)
        return std::move(loaded.error());
      return inspect_ets_file(path);
    });
  }

  /// Puts all entries of another cache into this one; the other way round it is
  /// `copy_to`, which every cache has. (`ets:from_dets/2`, `ets:to_dets/2`.)
  template <class Other>
    requires std::same_as<typename Other::value_type, V>
  caf::expected<uint64_t> copy_from(const Other& other) const {
    return other.copy_to(self());
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }
};

} // namespace actor_cache::detail
