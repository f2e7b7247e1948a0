#pragma once

#include "actor_cache/telemetry/live_page.hpp"

#include "document.hpp"
#include "gatekeeper.hpp"
#include "page.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace httplib {

class Server;
struct Request;
struct Response;

} // namespace httplib

namespace actor_cache::detail {

/// Serves the page on threads of its own.
class http_server {
public:
  http_server(caf::actor_system& system, telemetry::live_page_options options,
              std::string session);

  /// Stops listening and waits for answers that are under way.
  ~http_server();

  /// Returns whether it listens now.
  /// @param port 0 for any that is free
  bool start(uint16_t port);

  uint16_t port() const noexcept {
    return port_;
  }

private:
  bool bind(uint16_t port);

  void listen() noexcept;

  void answer(const httplib::Request& request, httplib::Response& response);

  /// Answers whoever is not welcome, or not yet.
  /// @returns whether the visitor is welcome
  bool let_in(const httplib::Request& request, httplib::Response& response);

  const std::string address_;
  const gatekeeper gate_;
  const page page_;
  document document_;
  const std::unique_ptr<httplib::Server> http_;
  uint16_t port_ = 0;
  std::atomic<bool> ended_{false};
  std::thread listener_;
};

} // namespace actor_cache::detail
