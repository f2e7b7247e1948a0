#include "server.hpp"

namespace actor_cache::redis_wire {

server::server(const redis_options& options, connection_settings settings)
  : exclusive_(options, settings) {
  for (size_t n = 0; n < options.connections; ++n)
    shared_.push_back(std::make_shared<connection>(settings));
}

void server::start() {
  for (auto& x : shared_)
    x->start();
}

void server::stop() {
  exclusive_.stop();
  for (auto& x : shared_)
    x->stop();
}

uint64_t server::times_connected() const noexcept {
  uint64_t result = 0;
  for (const auto& x : shared_)
    result += x->times_connected();
  return result;
}

connection_counts server::connections() const {
  connection_counts result;
  result.shared = shared_.size();
  for (const auto& x : shared_)
    result.shared_up += x->is_up() ? 1 : 0;
  auto [open, idle] = exclusive_.counts();
  result.exclusive = open;
  result.exclusive_in_use = open - idle;
  result.exclusive_limit = exclusive_.limit();
  result.times_connected = times_connected();
  return result;
}

void server::renew() {
  for (auto& x : shared_)
    x->renew();
}

} // namespace actor_cache::redis_wire
