#pragma once

#include "actor_cache/detail/message.hpp"
#include "actor_cache/hash_ops.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/ttl.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// The messages about hashes. A cache whose adapter lacks the capability
/// answers `errc::not_supported`.
namespace actor_cache::msg {

/// Returns the value of one field of a hash, `nullopt` on a miss.
struct hash_get {
  using result = std::optional<term>;
  static constexpr auto method = &hash_ops::hash_get;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "hash_get";
  std::string key;
  std::string field;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &hash_get::key},
    detail::field{"field", &hash_get::field},
  };
};

/// Returns all fields of a hash with their values.
struct hash_get_all {
  using result = hash_fields;
  static constexpr auto method = &hash_ops::hash_get_all;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "hash_get_all";
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &hash_get_all::key},
  };
};

/// Returns the values of some fields of many hashes, in their order.
struct hash_get_many {
  using result = std::vector<std::vector<std::optional<term>>>;
  static constexpr auto method = &hash_ops::hash_get_many;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "hash_get_many";
  std::vector<std::pair<std::string, std::vector<std::string>>> wanted;
  static constexpr auto fields = std::tuple{
    detail::field{"wanted", &hash_get_many::wanted},
  };
};

/// Returns the values of all fields of a hash.
struct hash_values {
  using result = std::vector<term>;
  static constexpr auto method = &hash_ops::hash_values;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "hash_values";
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &hash_values::key},
  };
};

/// Sets one field of a hash; tells whether it is new. A lifetime is that of the
/// whole hash.
struct hash_set {
  using result = bool;
  static constexpr auto method = &hash_ops::hash_set;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "hash_set";
  std::string key;
  std::string field;
  term value;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &hash_set::key},
    detail::field{"field", &hash_set::field},
    detail::field{"value", &hash_set::value},
    detail::field{"lifetime", &hash_set::lifetime},
  };
};

/// Sets many fields of many hashes; returns how many are new.
struct hash_set_many {
  using result = uint64_t;
  static constexpr auto method = &hash_ops::hash_set_many;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "hash_set_many";
  std::vector<std::pair<std::string, hash_fields>> hashes;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"hashes", &hash_set_many::hashes},
    detail::field{"lifetime", &hash_set_many::lifetime},
  };
};

/// Removes fields of a hash; returns how many there were.
struct hash_delete {
  using result = uint64_t;
  static constexpr auto method = &hash_ops::hash_delete;
  static constexpr auto kind = detail::effect::removes;
  static constexpr std::string_view name = "hash_delete";
  std::string key;
  std::vector<std::string> names;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &hash_delete::key},
    detail::field{"names", &hash_delete::names},
  };
};

/// Returns some of the fields of a hash, from `cursor` on.
struct hash_scan {
  using result = field_page;
  static constexpr auto method = &hash_ops::hash_scan;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "hash_scan";
  std::string key;
  std::string cursor;
  scan_filter filter = {};
  static constexpr auto fields = std::tuple{
    detail::field{"key", &hash_scan::key},
    detail::field{"cursor", &hash_scan::cursor},
    detail::field{"filter", &hash_scan::filter},
  };
};

} // namespace actor_cache::msg

namespace actor_cache::detail {

using hash_message_list
  = op_list<msg::hash_get, msg::hash_get_all, msg::hash_get_many,
            msg::hash_values, msg::hash_set, msg::hash_set_many,
            msg::hash_delete, msg::hash_scan>;

} // namespace actor_cache::detail
