#pragma once

#include <string>
#include <string_view>

namespace actor_cache::detail {

/// Turns the name of a cache into one of a file: what some file system would
/// take amiss is written as %XX.
std::string file_name_of(std::string_view cache, std::string_view extension);

} // namespace actor_cache::detail
