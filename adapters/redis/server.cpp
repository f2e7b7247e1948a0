#include "server.hpp"

namespace actor_cache::redis_wire {

namespace {

std::vector<connection_ptr> make_connections(size_t count,
                                             const connection_settings& how) {
  std::vector<connection_ptr> result;
  for (size_t n = 0; n < count; ++n)
    result.push_back(std::make_shared<connection>(how));
  return result;
}

} // namespace

server::server(const redis_options& options,
               const connection_settings& settings)
  : shared_(make_connections(options.connections, settings)),
    exclusive_(options, settings, *shared_.front()) {
  // nop
}

void server::start() {
  for (auto& x : shared_)
    x->start();
}

void server::stop(const caf::error& why) {
  exclusive_.stop(why);
  for (auto& x : shared_)
    x->stop(why);
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
  exclusive_.drop_idle();
}

} // namespace actor_cache::redis_wire
