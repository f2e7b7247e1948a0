// The names of enumerations, as they are written in code.

#include "actor_cache/supervisor_actor.hpp"

#include <array>
#include <string_view>

namespace actor_cache {

namespace {

template <class Enum>
constexpr std::array<std::string_view, 0> names_of;

template <>
constexpr auto names_of<restart_type>
  = std::to_array<std::string_view>({"permanent", "transient", "temporary"});

template <>
constexpr auto names_of<restart_strategy> = std::to_array<std::string_view>(
  {"one_for_one", "one_for_all", "rest_for_one", "dynamic"});

template <>
constexpr auto names_of<auto_shutdown> = std::to_array<std::string_view>(
  {"never", "any_significant", "all_significant"});

template <>
constexpr auto names_of<child_kind>
  = std::to_array<std::string_view>({"cache", "actor", "supervisor"});

template <>
constexpr auto names_of<child_state> = std::to_array<std::string_view>(
  {"running", "restarting", "stopping", "stopped"});

template <class Enum>
std::string name_of(Enum x) {
  auto index = static_cast<size_t>(x);
  return std::string{index < names_of<Enum>.size() ? names_of<Enum>[index]
                                                   : "invalid"};
}

template <class Enum>
bool read(uint8_t value, Enum& x) {
  if (value >= names_of<Enum>.size())
    return false;
  x = static_cast<Enum>(value);
  return true;
}

template <class Enum>
bool read(std::string_view name, Enum& x) {
  for (uint8_t index = 0; index < names_of<Enum>.size(); ++index)
    if (names_of<Enum>[index] == name)
      return read(index, x);
  return false;
}

} // namespace

std::string to_string(restart_type x) {
  return name_of(x);
}

std::string to_string(restart_strategy x) {
  return name_of(x);
}

std::string to_string(auto_shutdown x) {
  return name_of(x);
}

std::string to_string(child_kind x) {
  return name_of(x);
}

std::string to_string(child_state x) {
  return name_of(x);
}

bool from_string(detail::caf_string_view name, child_kind& x) {
  return read(detail::to_std(name), x);
}

bool from_string(detail::caf_string_view name, child_state& x) {
  return read(detail::to_std(name), x);
}

bool from_string(detail::caf_string_view name, restart_strategy& x) {
  return read(detail::to_std(name), x);
}

bool from_string(detail::caf_string_view name, restart_type& x) {
  return read(detail::to_std(name), x);
}

bool from_integer(uint8_t value, child_kind& x) {
  return read(value, x);
}

bool from_integer(uint8_t value, child_state& x) {
  return read(value, x);
}

bool from_integer(uint8_t value, restart_strategy& x) {
  return read(value, x);
}

bool from_integer(uint8_t value, restart_type& x) {
  return read(value, x);
}

} // namespace actor_cache
