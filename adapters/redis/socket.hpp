#pragma once

#include "address.hpp"
#include "command.hpp"
#include "reply_reader.hpp"
#include "tls.hpp"
#include "waiting.hpp"

#include "actor_cache/clock.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

struct redisContext;

namespace actor_cache::redis_wire {

/// What a server is expected to be.
enum class server_role : uint8_t {
  /// A server that may follow another one.
  any,
  primary,
  sentinel,
};

/// What it takes to connect and log in.
struct dial_settings {
  login as;
  tls_context_ptr tls;
  clock_ptr clock;
  timespan timeout;
  server_role role = server_role::any;
};

/// A connection to a server that is logged in, with its end of the protocol.
///
/// Thread safety: one thread may read while another one writes.
class socket {
public:
  /// Connects and logs in. Blocks for up to `settings.timeout`.
  /// @returns `errc::unavailable`, `errc::not_permitted`; both name the server
  ///          and the reason
  static caf::expected<std::shared_ptr<socket>>
  dial(const address& at, const dial_settings& settings,
       const interruption& by);

  ~socket();

  socket(const socket&) = delete;

  socket& operator=(const socket&) = delete;

  int fd() const noexcept;

  /// Writes as much of `bytes` as goes without waiting.
  /// @returns how much that was, `errc::unavailable`
  caf::expected<size_t> write(std::string_view bytes);

  /// Appends the replies that can be had without waiting to `replies`.
  /// @returns whether anything came, `errc::unavailable` at the end
  caf::expected<bool> read(std::vector<redis_reply>& replies);

  /// Tells whether a connection on which no reply is due has been closed by the
  /// other end or has got a reply that nobody asked for, as far as either has
  /// become known.
  bool unusable() noexcept;

  /// Ends the connection: readers and writers wake up. Any thread may call.
  void shutdown() noexcept;

  /// Writes `what` and reads its replies, blocking up to `deadline`.
  /// @returns `errc::timeout`, `errc::unavailable`; the connection is of no use
  ///          after either
  caf::expected<redis_reply::array> exchange(const commands& what,
                                             real_time deadline,
                                             const interruption* by = nullptr);

  /// Nanoseconds from the cache's clock to the server's, which counts from
  /// 1970.
  int64_t clock_offset() const noexcept {
    return clock_offset_;
  }

private:
  explicit socket(redisContext* context);

  caf::error connect(const dial_settings& settings, const std::string& host,
                     real_time deadline, const interruption& by);

  caf::error encrypt(const tls_context& tls, const std::string& host,
                     real_time deadline, const interruption& by);

  caf::error log_in(const dial_settings& settings, real_time deadline,
                    const interruption& by);

  caf::expected<size_t> write_plain(std::string_view bytes);

  caf::expected<size_t> write_encrypted(std::string_view bytes);

  caf::expected<size_t> receive(char* buffer, size_t size);

  caf::expected<size_t> receive_encrypted(char* buffer, size_t size);

  /// Tells whether there are bytes that poll does not know of.
  bool leftover();

  struct destroy {
    void operator()(redisContext* x) const noexcept;
  };

  std::unique_ptr<redisContext, destroy> context_;
  reply_reader reader_;
  std::mutex tls_mtx_;
  ssl_ptr ssl_;
  int64_t clock_offset_ = 0;
};

using socket_ptr = std::shared_ptr<socket>;

} // namespace actor_cache::redis_wire
