#pragma once

#include "actor_cache/detail/message.hpp"
#include "actor_cache/json_ops.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// The messages about JSON documents. A cache whose adapter lacks the
/// capability answers `errc::not_supported`.
namespace actor_cache::msg {

/// Returns a part of a JSON document as text, `nullopt` where there is none.
struct json_get {
  using result = std::optional<json_text>;
  static constexpr auto method = &json_ops::json_get;
  static constexpr auto kind = detail::effect::reads;
  static constexpr std::string_view name = "json_get";
  std::string key;
  json_path path = {};
  static constexpr auto fields = std::tuple{
    detail::field{"key", &json_get::key},
    detail::field{"path", &json_get::path},
  };
};

/// Puts JSON text into a document; tells whether it did.
struct json_set {
  using result = bool;
  static constexpr auto method = &json_ops::json_set;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "json_set";
  std::string key;
  json_path path;
  std::string value;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &json_set::key},
    detail::field{"path", &json_set::path},
    detail::field{"value", &json_set::value},
  };
};

/// Removes parts of a JSON document; returns how many.
struct json_delete {
  using result = uint64_t;
  static constexpr auto method = &json_ops::json_delete;
  static constexpr auto kind = detail::effect::removes;
  static constexpr std::string_view name = "json_delete";
  std::string key;
  json_path path = {};
  static constexpr auto fields = std::tuple{
    detail::field{"key", &json_delete::key},
    detail::field{"path", &json_delete::path},
  };
};

/// Adds to a number in a JSON document; returns the sum as JSON text.
struct json_incr {
  using result = std::string;
  static constexpr auto method = &json_ops::json_incr;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "json_incr";
  std::string key;
  json_path path;
  std::string step = "1";
  static constexpr auto fields = std::tuple{
    detail::field{"key", &json_incr::key},
    detail::field{"path", &json_incr::path},
    detail::field{"step", &json_incr::step},
  };
};

/// Empties parts of a JSON document; returns how many have changed.
struct json_clear {
  using result = uint64_t;
  static constexpr auto method = &json_ops::json_clear;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "json_clear";
  std::string key;
  json_path path = {};
  static constexpr auto fields = std::tuple{
    detail::field{"key", &json_clear::key},
    detail::field{"path", &json_clear::path},
  };
};

/// Appends JSON texts to an array in a document; returns its length as JSON
/// text.
struct json_array_append {
  using result = std::string;
  static constexpr auto method = &json_ops::json_array_append;
  static constexpr auto kind = detail::effect::writes;
  static constexpr std::string_view name = "json_array_append";
  std::string key;
  json_path path;
  std::vector<std::string> values;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &json_array_append::key},
    detail::field{"path", &json_array_append::path},
    detail::field{"values", &json_array_append::values},
  };
};

} // namespace actor_cache::msg

namespace actor_cache::detail {

using json_message_list
  = op_list<msg::json_get, msg::json_set, msg::json_delete, msg::json_incr,
            msg::json_clear, msg::json_array_append>;

} // namespace actor_cache::detail
