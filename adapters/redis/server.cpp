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

void server::renew() {
  for (auto& x : shared_)
    x->renew();
}

} // namespace actor_cache::redis_wire
