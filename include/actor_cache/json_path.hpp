#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace actor_cache {

/// Says where in a JSON document a value is: a text, or a list of names and
/// indexes. Whether it is a path shows at the call.
///
///     ".users[0].name"   "users[0].name"   {"users", 0, "name"}
///     "$.users[0].name"  "$['a b'][-1]"    "$.users[*].name"
///
/// Negative indexes count from the end. `.` and `{}` mean the whole document.
/// What does not begin with `$` is a legacy path of Redis: it means one place.
class json_path {
public:
  /// The name of a member, or an index.
  class step {
  public:
    step(const char* name) : value_(std::string{name}) {
      // nop
    }

    step(std::string_view name) : value_(std::string{name}) {
      // nop
    }

    step(std::string name) : value_(std::move(name)) {
      // nop
    }

    template <class Int>
      requires(std::is_integral_v<Int> && !std::is_same_v<Int, bool>
               && !std::is_same_v<Int, char>)
    step(Int index) : value_(static_cast<int64_t>(index)) {
      // nop
    }

    const std::string* name() const noexcept {
      return std::get_if<std::string>(&value_);
    }

    const int64_t* index() const noexcept {
      return std::get_if<int64_t>(&value_);
    }

  private:
    std::variant<std::string, int64_t> value_;
  };

  /// Makes the path of the whole document.
  json_path() = default;

  json_path(const char* text) : text_(text) {
    // nop
  }

  json_path(std::string_view text) : text_(text) {
    // nop
  }

  json_path(std::string text) : text_(std::move(text)) {
    // nop
  }

  /// Names may hold any character here.
  json_path(std::initializer_list<step> steps)
    : text_(render(std::vector<step>{steps})) {
    // nop
  }

  json_path(const std::vector<step>& steps) : text_(render(steps)) {
    // nop
  }

  const std::string& text() const noexcept {
    return text_;
  }

  bool operator==(const json_path&) const = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, json_path& x) {
    return f.object(x).fields(f.field("text", x.text_));
  }

private:
  static std::string render(const std::vector<step>& steps);

  std::string text_ = ".";
};

} // namespace actor_cache
