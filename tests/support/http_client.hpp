#pragma once

#include <cstdint>
#include <string>

namespace actor_cache::test {

/// Asks a server of the loopback interface for a resource, by HTTP, and returns
/// the body of its answer; fails the test unless that is 200.
std::string http_get(uint16_t port, const std::string& path);

} // namespace actor_cache::test
