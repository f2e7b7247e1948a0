#pragma once

#include "redis_client.hpp"
#include "redis_server.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace actor_cache::test {

/// Counts what a server has been asked since this began.
class command_counter {
public:
  explicit command_counter(redis_server& server) : client_(server.socket()) {
    client_({"CONFIG", "RESETSTAT"});
    first_read_ = reads();
  }

  /// Returns how often it has executed the command `name`.
  int count(std::string_view name) {
    return number("commandstats", fmt::format("cmdstat_{}:calls=", name));
  }

  /// Returns how many parcels of commands it has read, without those of this.
  int reads() {
    auto all = number("stats", "total_reads_processed:");
    return all - own_reads_ - first_read_;
  }

private:
  int number(const std::string& section, std::string_view mark) {
    ++own_reads_;
    auto text = *client_({"INFO", section}).string();
    auto at = text.find(mark);
    return at == std::string::npos ? 0
                                   : std::stoi(text.substr(at + mark.size()));
  }

  redis_client client_;
  int own_reads_ = 0;
  int first_read_ = 0;
};

} // namespace actor_cache::test
