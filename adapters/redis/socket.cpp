#include "socket.hpp"

#include "actor_cache/errc.hpp"

#include "redis_errors.hpp"

#include <hiredis/hiredis.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace actor_cache::redis_wire {

namespace {

/// Room for what is read at once.
constexpr size_t buffer_size = 64 * 1024;

/// How often one call reads at most: a server that never stops sending must not
/// keep the reader from looking at the clock.
constexpr int max_rounds = 16;

std::string text_of_errno() {
  return std::generic_category().message(errno);
}

caf::error lost(std::string_view why) {
  return make_error(errc::unavailable, std::string{why});
}

caf::error too_late(std::string_view what) {
  return make_error(errc::timeout, fmt::format("{} took too long", what));
}

/// Keeps SIGPIPE from this thread: OpenSSL writes without MSG_NOSIGNAL.
class no_sigpipe {
public:
  no_sigpipe() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }

  ~no_sigpipe() {
    if (sigismember(&before_, SIGPIPE) == 1)
      return;
    timespec at_once{};
    while (sigtimedwait(&set_, nullptr, &at_once) > 0)
      ; // it was ours
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t set_;
  sigset_t before_;
};

caf::error no_block(int fd) {
  auto flags = fcntl(fd, F_GETFL);
  if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
    return lost(text_of_errno());
  return {};
}

int milliseconds_until(real_time deadline) {
  if (deadline == real_time::max())
    return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline
                                                           - real_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3'600'000));
}

/// Tells whether a call that returned `result` failed only because it would
/// have had to wait. (SSL_want alone says so after a broken connection, too.)
bool must_wait(SSL& ssl, int result) {
  auto why = SSL_get_error(&ssl, result);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

/// What OpenSSL noted before is not about the call to come.
class tls_call {
public:
  tls_call() {
    ERR_clear_error();
    errno = 0;
  }

private:
  no_sigpipe guard_;
};

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

// -- waiting ------------------------------------------------------------------

fd_signal::fd_signal() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ == -1)
    throw std::system_error{errno, std::generic_category(), "eventfd"};
}

fd_signal::~fd_signal() {
  close(fd_);
}

void fd_signal::signal() noexcept {
  uint64_t one = 1;
  static_cast<void>(::write(fd_, &one, sizeof(one)) == sizeof(one));
}

void fd_signal::clear() noexcept {
  uint64_t count = 0;
  static_cast<void>(::read(fd_, &count, sizeof(count)) == sizeof(count));
}

caf::expected<short> wait_for(int fd, short events, real_time deadline,
                              fd_signal& bell) {
  pollfd what[2] = {{fd, events, 0}, {bell.fd(), POLLIN, 0}};
  auto count = poll(what, 2, milliseconds_until(deadline));
  if (count == -1 && errno != EINTR)
    return lost(text_of_errno());
  if (what[1].revents != 0)
    bell.clear();
  return count > 0 ? what[0].revents : short{0};
}

caf::expected<short> wait_for(int fd, short events, real_time deadline,
                              const interruption* by) {
  if (by)
    deadline = std::min(deadline, by->deadline);
  pollfd what[3] = {{fd, events, 0},
                    {by ? by->stop.fd() : -1, POLLIN, 0},
                    {by && by->also ? by->also->fd() : -1, POLLIN, 0}};
  for (;;) {
    auto until = by && by->pulse ? std::min(deadline, by->pulse()) : deadline;
    auto count = poll(what, 3, milliseconds_until(until));
    if (count == -1 && errno != EINTR)
      return lost(text_of_errno());
    if (what[1].revents != 0)
      return lost("the cache is being stopped");
    if (what[2].revents != 0)
      return lost("the caller has gone");
    if (count > 0)
      return what[0].revents;
    if (real_clock::now() >= deadline)
      return short{0};
  }
}

// -- connecting ---------------------------------------------------------------

void socket::destroy::operator()(redisContext* x) const noexcept {
  redisFree(x);
}

socket::socket(redisContext* context) : context_(context) {
  // nop
}

socket::~socket() = default;

int socket::fd() const noexcept {
  return context_->fd;
}

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
    return lost(text_of_errno());
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

// -- input and output ---------------------------------------------------------

caf::expected<size_t> socket::write(std::string_view bytes) {
  return ssl_ ? write_encrypted(bytes) : write_plain(bytes);
}

caf::expected<size_t> socket::write_plain(std::string_view bytes) {
  size_t written = 0;
  while (written < bytes.size()) {
    auto count = ::send(fd(), bytes.data() + written, bytes.size() - written,
                        MSG_NOSIGNAL);
    if (count >= 0)
      written += static_cast<size_t>(count);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      break;
    else if (errno != EINTR)
      return lost(text_of_errno());
  }
  return written;
}

caf::expected<size_t> socket::write_encrypted(std::string_view bytes) {
  std::lock_guard lock{tls_mtx_};
  tls_call call;
  size_t written = 0;
  while (written < bytes.size()) {
    size_t count = 0;
    auto status = SSL_write_ex(ssl_.get(), bytes.data() + written,
                               bytes.size() - written, &count);
    if (status == 1)
      written += count;
    else if (must_wait(*ssl_, status))
      break;
    else
      return lost(tls_context::reason_of_failure(*ssl_));
  }
  return written;
}

caf::expected<size_t> socket::receive(char* buffer, size_t size) {
  if (!ssl_) {
    for (;;) {
      auto count = ::recv(fd(), buffer, size, 0);
      if (count > 0)
        return static_cast<size_t>(count);
      if (count == 0)
        return lost("the server closed the connection");
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        return size_t{0};
      if (errno != EINTR)
        return lost(text_of_errno());
    }
  }
  return receive_encrypted(buffer, size);
}

caf::expected<size_t> socket::receive_encrypted(char* buffer, size_t size) {
  std::lock_guard lock{tls_mtx_};
  tls_call call;
  size_t count = 0;
  auto status = SSL_read_ex(ssl_.get(), buffer, size, &count);
  if (status == 1)
    return count;
  if (must_wait(*ssl_, status))
    return size_t{0};
  return lost(fmt::format("the TLS connection ended: {}",
                          tls_context::reason_of_failure(*ssl_)));
}

caf::expected<bool> socket::read(std::vector<redis_reply>& replies) {
  thread_local std::unique_ptr<char[]> buffer{new char[buffer_size]};
  auto any = false;
  for (auto round = 0; round < max_rounds || leftover(); ++round) {
    auto count = receive(buffer.get(), buffer_size);
    if (!count)
      return std::move(count.error());
    if (*count == 0)
      return any;
    any = true;
    if (auto err = reader_.feed(buffer.get(), *count); !err.empty())
      return err;
    for (;;) {
      auto reply = reader_.next();
      if (!reply)
        return std::move(reply.error());
      if (!*reply)
        break;
      replies.push_back(std::move(**reply));
    }
    if (*count < buffer_size && !ssl_)
      return any;
  }
  return any;
}

bool socket::leftover() {
  if (!ssl_)
    return false;
  std::lock_guard lock{tls_mtx_};
  return SSL_has_pending(ssl_.get()) == 1;
}

bool socket::unusable() noexcept {
  char byte = 0;
  if (ssl_) {
    std::lock_guard lock{tls_mtx_};
    tls_call call;
    size_t ignored = 0;
    auto status = SSL_peek_ex(ssl_.get(), &byte, 1, &ignored);
    return status == 1 || !must_wait(*ssl_, status);
  }
  auto count = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0
         || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void socket::shutdown() noexcept {
  ::shutdown(fd(), SHUT_RDWR);
}

caf::expected<redis_reply::array> socket::exchange(const commands& what,
                                                   real_time deadline,
                                                   const interruption* by) {
  std::string_view rest = what.bytes();
  redis_reply::array replies;
  while (replies.size() < what.count()) {
    auto written = write(rest);
    if (!written) {
      if (auto said = read(replies); !said && replies.empty())
        return std::move(said.error()); // why the other end closed
      else if (replies.empty() || replies.back().error() == nullptr)
        return std::move(written.error());
      replies.resize(what.count(), replies.back());
      break;
    }
    rest.remove_prefix(*written);
    auto events = wait_for(fd(), rest.empty() ? POLLIN : POLLIN | POLLOUT,
                           deadline, by);
    if (!events)
      return std::move(events.error());
    if (*events == 0)
      return too_late("the answer of the server");
    if ((*events & ~POLLOUT) == 0)
      continue;
    auto came = read(replies);
    // An error that the server sends before it closes tells more.
    if (!came && (replies.empty() || replies.back().error() == nullptr))
      return std::move(came.error());
    if (!came)
      replies.resize(what.count(), replies.back());
  }
  return replies;
}

} // namespace actor_cache::redis_wire
