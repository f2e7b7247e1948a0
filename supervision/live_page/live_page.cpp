#include "actor_cache/telemetry/live_page.hpp"

#include "actor_cache/errc.hpp"

#include "digest.hpp"
#include "gatekeeper.hpp"
#include "http_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace actor_cache::telemetry {

namespace {

caf::error refuse(std::string_view option, std::string_view value,
                  std::string_view accepted) {
  return make_error(errc::invalid_argument,
                    fmt::format("live_page_options::{} is {}; accepted is {}",
                                option, value, accepted));
}

bool needs_no_quotes(std::string_view token) {
  constexpr std::string_view accepted
    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  return token.find_first_not_of(accepted) == std::string_view::npos;
}

} // namespace

caf::error live_page_options::validate() const {
  auto loopback = detail::is_loopback(address);
  if (!loopback && !detail::is_numeric(address))
    return refuse("address", "'" + address + "'",
                  "a numeric address, or 'localhost'");
  if (!loopback && token.empty())
    return refuse("token", "empty",
                  fmt::format("a token, as others can reach '{}'", address));
  if (!needs_no_quotes(token)) // which the message does not tell
    return refuse("token", "of other characters", "letters, digits and -._~");
  if (interval < std::chrono::milliseconds{10})
    return refuse("interval", render(interval), "10ms or more");
  if (tree_timeout <= timespan{0})
    return refuse("tree_timeout", render(tree_timeout), "any duration above 0");
  return {};
}

class live_page::server {
public:
  server(caf::actor_system& system, live_page_options options,
         std::string session)
    : address_(options.address),
      http_(system, std::move(options), std::move(session)) {
    // nop
  }

  caf::error start(uint16_t port) {
    if (!http_.start(port))
      return make_error(
        errc::unavailable,
        fmt::format("cannot listen at port {} of '{}'; accepted is an address "
                    "of this machine and a port that nobody listens at",
                    port, address_));
    auto quoted = address_.find(':') == std::string::npos
                    ? address_
                    : '[' + address_ + ']';
    url_ = fmt::format("http://{}:{}/", quoted, http_.port());
    return {};
  }

  uint16_t port() const noexcept {
    return http_.port();
  }

  const std::string& url() const noexcept {
    return url_;
  }

private:
  std::string address_;
  std::string url_;
  detail::http_server http_;
};

live_page::live_page(std::unique_ptr<server> running)
  : server_(std::move(running)) {
  // nop
}

live_page::live_page(live_page&&) noexcept = default;

live_page& live_page::operator=(live_page&&) noexcept = default;

live_page::~live_page() = default;

uint16_t live_page::port() const noexcept {
  return server_->port();
}

const std::string& live_page::url() const noexcept {
  return server_->url();
}

caf::expected<live_page> serve_live_page(caf::actor_system& system,
                                         live_page_options options) {
  if (auto err = options.validate(); !err.empty())
    return err;
  auto session = detail::random_secret();
  if (session.empty())
    return make_error(errc::unavailable,
                      "serve_live_page: the system gives no random numbers");
  auto port = options.port;
  auto running = std::make_unique<live_page::server>(system, std::move(options),
                                                     std::move(session));
  if (auto err = running->start(port); !err.empty())
    return err;
  return live_page{std::move(running)};
}

} // namespace actor_cache::telemetry
