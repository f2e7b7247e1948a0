// How a socket is connected, encrypted and logged in.

#include "socket.hpp"

#include "actor_cache/errc.hpp"

#include "redis_errors.hpp"
#include "tls_call.hpp"

#include <hiredis/hiredis.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <chrono>

namespace actor_cache::redis_wire {

namespace {

caf::error no_block(int fd) {
  auto flags = fcntl(fd, F_GETFL);
  if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
    return lost_by_errno();
  return {};
}

/// Returns the server's clock in nanoseconds since 1970, from the reply to
/// TIME.
caf::expected<int64_t> time_of(const redis_reply& reply) {
  const auto* items = reply.items();
  int64_t parts[2] = {};
  if (items == nullptr || items->size() != 2)
    return lost("the server did not tell its time");
  for (size_t index = 0; index < 2; ++index) {
    const auto* text = (*items)[index].string();
    if (text == nullptr
        || std::from_chars(text->data(), text->data() + text->size(),
                           parts[index])
               .ec
             != std::errc{})
      return lost("the server did not tell its time");
  }
  return (parts[0] * 1'000'000 + parts[1]) * 1000;
}

/// Reads the reply to ROLE.
bool is_primary(const redis_reply& reply) {
  const auto* items = reply.items();
  const auto* role = items && !items->empty() ? items->front().string()
                                              : nullptr;
  return role != nullptr && *role == "master";
}

commands greeting(const login& as, server_role role) {
  commands result;
  if (!as.username.empty())
    result.add({"AUTH", as.username, as.password});
  else if (!as.password.empty())
    result.add({"AUTH", as.password});
  if (as.database != 0)
    result.add({"SELECT", as.database});
  if (role == server_role::primary)
    result.add({"ROLE"});
  result.add({role == server_role::sentinel ? "PING" : "TIME"});
  return result;
}

} // namespace

caf::expected<std::shared_ptr<socket>>
socket::dial(const address& at, const dial_settings& settings,
             const interruption& by) {
  auto deadline = real_clock::now() + settings.timeout;
  auto explain = [&](const caf::error& err) {
    auto code = err == errc::not_permitted ? errc::not_permitted
                                           : errc::unavailable;
    return make_error(code, fmt::format("Redis at {}: {}", to_string(at),
                                        message_of(err)));
  };
  redisOptions options{};
  options.options = REDIS_OPT_NONBLOCK;
  if (at.is_path())
    REDIS_OPTIONS_SET_UNIX(&options, at.host.c_str());
  else
    REDIS_OPTIONS_SET_TCP(&options, at.host.c_str(), at.port);
  auto* context = redisConnectWithOptions(&options);
  if (context == nullptr)
    return explain(lost("out of memory"));
  std::shared_ptr<socket> result{new socket{context}};
  if (context->err != 0)
    return explain(lost(context->errstr));
  if (auto err = result->connect(settings, at.host, deadline, by); !err.empty())
    return explain(err);
  return result;
}

caf::error socket::connect(const dial_settings& settings,
                           const std::string& host, real_time deadline,
                           const interruption& by) {
  auto events = wait_for(fd(), POLLOUT, deadline, &by);
  if (!events)
    return std::move(events.error());
  if (*events == 0)
    return too_late("connecting");
  int reason = 0;
  socklen_t size = sizeof(reason);
  if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &reason, &size) == 0
      && reason != 0) {
    errno = reason;
    return lost_by_errno();
  }
  redisEnableKeepAlive(context_.get());
  // What is queued goes in one write already. Without this the kernel keeps it
  // back as long as anything else is on its way. Fails on Unix sockets.
  int on = 1;
  static_cast<void>(
    setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
  if (auto err = no_block(fd()); !err.empty())
    return err;
  if (settings.tls)
    if (auto err = encrypt(*settings.tls, host, deadline, by); !err.empty())
      return err;
  return log_in(settings, deadline, by);
}

caf::error socket::encrypt(const tls_context& tls, const std::string& host,
                           real_time deadline, const interruption& by) {
  auto connection = tls.new_connection(host);
  if (!connection)
    return std::move(connection.error());
  auto& ssl = **connection;
  SSL_set_fd(&ssl, fd());
  for (;;) {
    tls_call call;
    auto status = SSL_connect(&ssl);
    if (status == 1)
      break;
    if (!must_wait(ssl, status))
      return lost(fmt::format("no TLS connection: {}",
                              tls_context::reason_of_failure(ssl)));
    auto wanted = SSL_want_write(&ssl) ? POLLOUT : POLLIN;
    auto events = wait_for(fd(), static_cast<short>(wanted), deadline, &by);
    if (!events)
      return std::move(events.error());
    if (*events == 0)
      return too_late("the TLS handshake");
  }
  ssl_ = std::move(*connection);
  return {};
}

caf::error socket::log_in(const dial_settings& settings, real_time deadline,
                          const interruption& by) {
  auto replies = exchange(greeting(settings.as, settings.role), deadline, &by);
  if (!replies)
    return std::move(replies.error());
  for (const auto& reply : *replies)
    if (const auto* err = reply.error())
      return to_error(*err);
  if (settings.role == server_role::sentinel)
    return {};
  if (settings.role == server_role::primary
      && !is_primary((*replies)[replies->size() - 2]))
    return lost("the server only follows another one");
  auto time = time_of(replies->back());
  if (!time)
    return std::move(time.error());
  auto now = settings.clock->now().time_since_epoch();
  clock_offset_
    = *time - std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  return {};
}

} // namespace actor_cache::redis_wire
