#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace actor_cache::detail {

/// What a request says about itself.
struct visitor {
  std::string_view host;
  std::string_view authorization;
  std::string_view cookies;

  /// The token in the address, empty where there is none.
  std::string_view token;
};

/// Decides who may see the page.
///
/// Thread safety: all members may be called at the same time.
class gatekeeper {
public:
  enum class answer {
    welcome,
    /// Has shown the token in the address: is to come again with the cookie, so
    /// that the token does not stay in the address.
    give_cookie,
    /// Came by a name that is not ours: another site's name that leads to this
    /// machine, with that site's script behind it.
    wrong_host,
    no_token,
  };

  /// @param address where the page is served
  /// @param token empty to let everybody in
  /// @param session what the cookie holds
  gatekeeper(std::string address, std::string token, std::string session);

  /// @param port where the page is served
  answer decide(const visitor& who, uint16_t port) const;

  std::string cookie(uint16_t port) const;

private:
  bool knows_host(std::string_view host) const;

  bool has_cookie(std::string_view cookies, uint16_t port) const;

  std::string address_;
  std::string token_;
  std::string session_;
};

/// Returns whether only this machine can reach `address`.
bool is_loopback(const std::string& address);

/// Returns whether `address` is one, rather than a name.
bool is_numeric(const std::string& address);

} // namespace actor_cache::detail
