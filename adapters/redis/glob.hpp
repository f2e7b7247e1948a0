#pragma once

#include <string>
#include <string_view>

namespace actor_cache::redis_wire {

/// Returns a pattern that matches exactly `text`.
std::string escape_glob(std::string_view text);

} // namespace actor_cache::redis_wire
