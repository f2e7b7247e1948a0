// What goes over a connection. How one comes to be is in handshake.cpp.

#include "socket.hpp"

#include "redis_errors.hpp"
#include "tls_call.hpp"

#include <hiredis/hiredis.h>

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace actor_cache::redis_wire {

namespace {

/// Room for what is read at once.
constexpr size_t buffer_size = 64 * 1024;

/// How often one call reads at most: a server that never stops sending must not
/// keep the reader from looking at the clock.
constexpr int max_rounds = 16;

} // namespace

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
      return lost_by_errno();
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
        return lost_by_errno();
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
    if (auto err = reader_.take(replies); !err.empty())
      return err;
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
