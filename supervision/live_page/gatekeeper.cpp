#include "gatekeeper.hpp"

#include "digest.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <utility>

namespace actor_cache::detail {

namespace {

/// Cookies do not know ports, so that the name has to tell pages apart.
std::string cookie_name(uint16_t port) {
  return fmt::format("actor_cache_{}", port);
}

/// Returns the name in a Host header, without the port.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    auto end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  return host.substr(0, host.rfind(':'));
}

} // namespace

bool is_numeric(const std::string& address) {
  in6_addr ignored;
  return ::inet_pton(AF_INET, address.c_str(), &ignored) == 1
         || ::inet_pton(AF_INET6, address.c_str(), &ignored) == 1;
}

bool is_loopback(const std::string& address) {
  in_addr found;
  if (::inet_pton(AF_INET, address.c_str(), &found) == 1)
    return ntohl(found.s_addr) >> 24 == 127;
  in6_addr found6;
  if (::inet_pton(AF_INET6, address.c_str(), &found6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&found6) != 0;
  return address == "localhost";
}

gatekeeper::gatekeeper(std::string address, std::string token,
                       std::string session)
  : address_(std::move(address)),
    token_(std::move(token)),
    session_(std::move(session)) {
  // nop
}

gatekeeper::answer gatekeeper::decide(const visitor& who, uint16_t port) const {
  if (!knows_host(without_port(who.host)))
    return answer::wrong_host;
  if (token_.empty() || has_cookie(who.cookies, port))
    return answer::welcome;
  constexpr std::string_view scheme = "Bearer ";
  if (who.authorization.starts_with(scheme)
      && same_secret(who.authorization.substr(scheme.size()), token_))
    return answer::welcome;
  if (!who.token.empty() && same_secret(who.token, token_))
    return answer::give_cookie;
  return answer::no_token;
}

std::string gatekeeper::cookie(uint16_t port) const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                     cookie_name(port), session_);
}

bool gatekeeper::knows_host(std::string_view host) const {
  // Where other machines visit, they may know this one by any name; the token
  // keeps strangers out.
  return !is_loopback(address_) || host == address_ || host == "localhost"
         || is_loopback(std::string{host});
}

bool gatekeeper::has_cookie(std::string_view cookies, uint16_t port) const {
  auto name = cookie_name(port) + '=';
  while (!cookies.empty()) {
    auto end = cookies.find(';');
    auto next = cookies.substr(0, end);
    if (auto start = next.find_first_not_of(' ');
        start != std::string_view::npos)
      next.remove_prefix(start);
    if (next.starts_with(name)
        && same_secret(next.substr(name.size()), session_))
      return true;
    cookies = end == std::string_view::npos ? "" : cookies.substr(end + 1);
  }
  return false;
}

} // namespace actor_cache::detail
