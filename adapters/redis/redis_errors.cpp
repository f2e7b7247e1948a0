#include "redis_errors.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace actor_cache::redis_wire {

namespace {

struct meaning {
  std::string_view beginning;
  errc code;
};

// The first that fits counts.
constexpr auto meanings = std::to_array<meaning>({
  {"WRONGTYPE", errc::type_mismatch},
  {"Existing key has wrong Redis type", errc::type_mismatch},
  {"ERR Existing key has wrong Redis type", errc::type_mismatch},
  {"NOAUTH", errc::not_permitted},
  {"WRONGPASS", errc::not_permitted},
  {"NOPERM", errc::not_permitted},
  {"BUSY ", errc::unavailable},
  {"CLUSTERDOWN", errc::unavailable},
  {"LOADING", errc::unavailable},
  {"MASTERDOWN", errc::unavailable},
  {"MISCONF", errc::unavailable},
  {"NOREPLICAS", errc::unavailable},
  {"OOM", errc::unavailable},
  {"READONLY", errc::unavailable},
  {"TRYAGAIN", errc::unavailable},
  {"UNAVAILABLE", errc::unavailable}, // these two are ours
  {"TIMEOUT", errc::timeout},
  {"ERR max number of clients", errc::unavailable},
  {"ERR Path", errc::key_not_found},
  {"ERR could not perform this operation on a key that doesn't exist",
   errc::key_not_found},
  {"ERR unknown command", errc::not_supported},
  {"ERR unknown subcommand", errc::not_supported},
});

/// What a server older than 7.2 says of a command in a script, behind whatever.
constexpr std::string_view refused_in_script
  = "The user executing the script can't";

/// What stands before the reason where EXEC itself is refused.
constexpr std::string_view exec_refused
  = "EXECABORT Transaction discarded because of: ";

errc code_of(std::string_view text) {
  if (text.find(refused_in_script) != std::string_view::npos)
    return errc::not_permitted;
  if (text.starts_with(exec_refused))
    text.remove_prefix(exec_refused.size());
  auto found = std::find_if(meanings.begin(), meanings.end(), [&](auto& x) {
    return text.starts_with(x.beginning);
  });
  return found != meanings.end() ? found->code : errc::invalid_argument;
}

} // namespace

caf::error to_error(const redis_error& what) {
  return make_error(code_of(what.message),
                    fmt::format("Redis answered: {}", what.message));
}

caf::error lost(std::string_view why) {
  return make_error(errc::unavailable, std::string{why});
}

caf::error lost_by_errno() {
  return lost(std::generic_category().message(errno));
}

caf::error too_late(std::string_view what) {
  return make_error(errc::timeout, fmt::format("{} took too long", what));
}

caf::error overtaken(std::string_view key, size_t attempts) {
  return make_error(errc::timeout,
                    fmt::format("others wrote to the Redis key \"{}\" during "
                                "each of {} attempts to change it",
                                key, attempts));
}

} // namespace actor_cache::redis_wire
