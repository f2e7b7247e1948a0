#pragma once

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/detail/message.hpp"

#include <string_view>
#include <tuple>
#include <type_traits>

/// The messages about the tables of the ets and dets adapters. A cache whose
/// adapter is another one answers `errc::not_supported`.
namespace actor_cache::msg {

/// Returns what a table in memory says about itself.
struct ets_info {
  using result = ets_details;
  static constexpr auto method = &ets_backend::details;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "ets_info";
  static constexpr auto fields = std::tuple{};
};

/// Returns what a table in a file says about itself.
struct dets_info {
  using result = dets_details;
  static constexpr auto method = &dets_backend::details;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "dets_info";
  static constexpr auto fields = std::tuple{};
};

/// Waits until all that was written to a table in a file is on the disk.
struct sync {
  using result = void;
  static constexpr auto waits = std::true_type{};
  static constexpr auto method = &dets_backend::sync;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "sync";
  static constexpr auto fields = std::tuple{};
};

} // namespace actor_cache::msg

namespace actor_cache::detail {

using table_message_list = op_list<msg::ets_info, msg::dets_info, msg::sync>;

} // namespace actor_cache::detail
