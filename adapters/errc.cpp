#include "actor_cache/errc.hpp"

#include <array>
#include <utility>

namespace actor_cache {

namespace {

constexpr auto names = std::to_array<std::string_view>({
  "none",          "invalid_argument",  "unknown_cache",
  "name_taken",    "cache_not_running", "type_mismatch",
  "corrupt_value", "encoding_failed",   "key_not_found",
  "key_exists",    "version_conflict",  "unavailable",
  "timeout",       "load_failed",       "would_block",
  "not_supported", "io_error",          "child_failed",
  "unknown_child", "child_running",     "supervisor_not_running",
  "limit_reached", "exception",         "no_sandbox",
  "not_permitted", "deadlock",
});

static_assert(names.size() == static_cast<size_t>(errc::deadlock) + 1);

} // namespace

std::string to_string(errc code) {
  auto index = static_cast<size_t>(code);
  return std::string{index < names.size() ? names[index] : "invalid"};
}

bool from_string(detail::caf_string_view name, errc& code) {
  for (size_t index = 0; index < names.size(); ++index) {
    if (names[index] == detail::to_std(name)) {
      code = static_cast<errc>(index);
      return true;
    }
  }
  return false;
}

bool from_integer(std::underlying_type_t<errc> value, errc& code) {
  if (value >= names.size())
    return false;
  code = static_cast<errc>(value);
  return true;
}

caf::error make_error(errc code, std::string text) {
  return caf::error{code, caf::make_message(std::move(text))};
}

std::string message_of(const caf::error& err) {
  if (err.empty())
    return {};
  const auto& context = err.context();
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  return caf::to_string(err);
}

} // namespace actor_cache
