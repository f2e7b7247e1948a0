#pragma once

#include "actor_cache/detail/match_operators.hpp"
#include "actor_cache/errc.hpp"

#include <caf/expected.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Match specs for values of type `nlohmann::json`. Only who includes this
// header needs nlohmann-json.

namespace actor_cache::detail::matching {

/// One step of a path: into an object or into an array.
struct json_step {
  std::string_view name;
  std::optional<size_t> index;
};

/// Takes the first step off `path`; nothing where that is no path.
constexpr std::optional<json_step> next_json_step(std::string_view& path) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (path.starts_with("[\"")) {
    auto end = path.find("\"]", 2);
    if (end == std::string_view::npos)
      return std::nullopt;
    auto name = path.substr(2, end - 2);
    path.remove_prefix(end + 2);
    return json_step{name, std::nullopt};
  }
  if (path.starts_with('[')) {
    size_t index = 0;
    size_t pos = 1;
    for (; pos < path.size() && digit(path[pos]) && pos < 18; ++pos)
      index = index * 10 + static_cast<size_t>(path[pos] - '0');
    if (pos == 1 || pos == path.size() || path[pos] != ']')
      return std::nullopt;
    path.remove_prefix(pos + 1);
    return json_step{{}, index};
  }
  if (path.starts_with('.'))
    path.remove_prefix(1);
  auto end = std::min(path.find_first_of(".["), path.size());
  if (end == 0)
    return std::nullopt;
  auto name = path.substr(0, end);
  path.remove_prefix(end);
  return json_step{name, std::nullopt};
}

/// Returns `path` without what may stand for the whole document.
constexpr std::string_view json_steps(std::string_view path) {
  if (path.starts_with('$'))
    path.remove_prefix(1);
  return path;
}

constexpr bool valid_json_path(std::string_view path) {
  auto steps = json_steps(path);
  if (steps.starts_with('.') && steps.size() == path.size())
    return false;
  while (!steps.empty())
    if (!next_json_step(steps))
      return false;
  return true;
}

/// A part of a document, or nothing.
struct json_ref {
  const nlohmann::json* ptr = nullptr;

  bool exists() const noexcept {
    return ptr != nullptr;
  }

  operator bool() const noexcept {
    return ptr != nullptr && ptr->is_boolean() && ptr->get<bool>();
  }

  template <class F>
  bool when_present(F f) const {
    return ptr != nullptr && f(*ptr);
  }

  template <class Op, class R>
  bool compare_with(Op op, const R& rhs) const {
    return ptr != nullptr && compare_json(op, *ptr, rhs);
  }

  template <class Test, class R>
  bool examine_with(const R& rhs) const {
    if (ptr == nullptr)
      return false;
    if constexpr (std::same_as<Test, contains>) {
      if (ptr->is_array()) {
        for (const auto& element : *ptr)
          if (compare_json(equal{}, element, rhs))
            return true;
        return false;
      }
    }
    if constexpr (text<R>)
      return ptr->is_string()
             && Test::test(*ptr->get_ptr<const std::string*>(), rhs);
    else
      return false;
  }

private:
  /// Values of different kinds are different, and neither is less.
  template <class Op, class R>
  static bool compare_json(Op, const nlohmann::json& lhs, const R& rhs) {
    constexpr auto otherwise = std::same_as<Op, not_equal>;
    if constexpr (std::same_as<R, json_ref>) {
      return rhs.ptr != nullptr && compare_json(Op{}, lhs, *rhs.ptr);
    } else if constexpr (std::same_as<R, nlohmann::json>) {
      auto same_kind = lhs.type() == rhs.type()
                       || (lhs.is_number() && rhs.is_number());
      return same_kind ? Op::test(lhs, rhs) : otherwise;
    } else if constexpr (text<R>) {
      return lhs.is_string()
               ? Op::test(std::string_view{*lhs.get_ptr<const std::string*>()},
                          std::string_view{rhs})
               : otherwise;
    } else if constexpr (std::same_as<R, bool>) {
      return lhs.is_boolean() ? Op::test(lhs.get<bool>(), rhs) : otherwise;
    } else if constexpr (std::same_as<R, std::nullptr_t>) {
      return std::same_as<Op, not_equal> != lhs.is_null();
    } else if constexpr (std::is_arithmetic_v<R>) {
      if (lhs.is_number_unsigned())
        return Op::test(lhs.get<uint64_t>(), rhs);
      if (lhs.is_number_integer())
        return Op::test(lhs.get<int64_t>(), rhs);
      return lhs.is_number() ? Op::test(lhs.get<double>(), rhs) : otherwise;
    } else {
      return compare_json(Op{}, lhs, nlohmann::json(rhs));
    }
  }
};

template <class Text>
struct json_operand : operand<json_operand<Text>> {
  constexpr explicit json_operand(Text text) : path(std::move(text)) {
    // nop
  }

  json_ref operator()(std::string_view, const nlohmann::json& value) const {
    const auto* at = &value;
    auto steps = json_steps(path);
    while (!steps.empty()) {
      auto step = next_json_step(steps);
      if (step->index) {
        if (!at->is_array() || *step->index >= at->size())
          return {};
        at = &(*at)[*step->index];
        continue;
      }
      if (!at->is_object())
        return {};
      auto found = at->find(step->name);
      if (found == at->end())
        return {};
      at = &*found;
    }
    return {at};
  }

  Text path;
};

} // namespace actor_cache::detail::matching

namespace actor_cache::match {

/// A path into a JSON document: names and indexes like `a.b[0]`; names with
/// dots or brackets in them as `["a.b"]`; a `$` in front is fine, and alone it
/// is the whole document. Literals are checked by the compiler.
class json_path {
public:
  template <std::convertible_to<std::string_view> T>
  consteval json_path(const T& literal) : text_(literal) {
    if (!detail::matching::valid_json_path(text_))
      throw "not a path like a.b[0]";
  }

  constexpr std::string_view text() const noexcept {
    return text_;
  }

private:
  std::string_view text_;
};

/// What is at `path` in a value of type `nlohmann::json`. A path that leads
/// nowhere compares as false with everything, also by `!=`; values of different
/// kinds are different and neither is less; numbers are one kind.
constexpr auto json(json_path path) {
  return detail::matching::json_operand<std::string_view>{path.text()};
}

/// The same for a path that is known at run time only.
/// @returns `errc::invalid_argument` where `path` is none
inline caf::expected<detail::matching::json_operand<std::string>>
json_at(std::string path) {
  if (!detail::matching::valid_json_path(path))
    return make_error(errc::invalid_argument,
                      "'" + path + "' is no path; accepted is one like a.b[0]");
  return detail::matching::json_operand<std::string>{std::move(path)};
}

} // namespace actor_cache::match
