#pragma once

#include "actor_cache/detail/message.hpp"
#include "actor_cache/set_ops.hpp"
#include "actor_cache/term.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// The messages about sets. A cache whose adapter lacks the capability
/// answers `errc::not_supported`.
namespace actor_cache::msg {

/// Adds members to a set; returns how many are new.
struct sadd {
  using result = uint64_t;
  static constexpr auto method = &set_ops::sadd;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "sadd";
  std::string key;
  std::vector<term> members;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &sadd::key},
    detail::field{"members", &sadd::members},
  };
};

/// Removes members from a set; returns how many there were.
struct srem {
  using result = uint64_t;
  static constexpr auto method = &set_ops::srem;
  static constexpr auto kind = detail::effect::removes;
  static constexpr std::string_view name = "srem";
  std::string key;
  std::vector<term> members;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &srem::key},
    detail::field{"members", &srem::members},
  };
};

/// Returns all members of a set.
struct smembers {
  using result = std::vector<term>;
  static constexpr auto method = &set_ops::smembers;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "smembers";
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &smembers::key},
  };
};

/// Tells whether a set has a member.
struct sismember {
  using result = bool;
  static constexpr auto method = &set_ops::sismember;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "sismember";
  std::string key;
  term member;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &sismember::key},
    detail::field{"member", &sismember::member},
  };
};

/// Returns the number of members of a set.
struct scard {
  using result = uint64_t;
  static constexpr auto method = &set_ops::scard;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "scard";
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &scard::key},
  };
};

} // namespace actor_cache::msg

namespace actor_cache::detail {

using set_message_list
  = op_list<msg::sadd, msg::srem, msg::smembers, msg::sismember, msg::scard>;

} // namespace actor_cache::detail
