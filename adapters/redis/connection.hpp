#pragma once

#include "back_off.hpp"
#include "connection_settings.hpp"
#include "inbox.hpp"
#include "request.hpp"
#include "socket.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace actor_cache::redis_wire {

/// Why calls end when their cache is stopped.
caf::error cache_stopped();

/// A connection that all callers share. Whoever drives it writes all that is
/// queued at once and hands each reply to the one who waits for it: a blocked
/// caller drives for itself and for those who come meanwhile, and a thread of
/// the connection's own drives while only jobs of actors wait. That thread also
/// reconnects.
///
/// Where the server is near, those who wait for it look for a while before they
/// sleep, since waking a thread takes longer than the server does, and the
/// driver lets those whom it has answered queue their next requests before it
/// writes. Where it is far nobody waits for the answers of others: a blocked
/// caller writes what is queued, a job has the driver do so at once.
///
/// Thread safety: all members may be called at the same time.
class connection {
public:
  explicit connection(connection_settings settings);

  ~connection();

  connection(const connection&) = delete;

  connection& operator=(const connection&) = delete;

  void start();

  /// Ends all requests and the connection; `why` is what callers are told.
  void stop(caf::error why = cache_stopped());

  /// Queues `what`. Does not wait; `wait` must follow.
  /// @param deadline that of the call, where it is nearer than
  ///                 `command_timeout`
  request_ptr send(commands what, repeat again,
                   real_time deadline = real_time::max());

  /// Queues a request for which nobody waits, or leaves it to whoever drives.
  /// Does not wait.
  void begin(request_ptr what);

  /// Waits for the answer: blocks this thread, or only the job that it runs.
  /// @returns `errc::unavailable`, `errc::timeout`, `errc::not_permitted`
  caf::expected<redis_reply> wait(request& what);

  /// Sends what is queued without waiting, for callers who talk to several
  /// servers at once.
  void flush();

  /// Waits until it is known whether the server is there.
  /// @returns nanoseconds from the cache's clock to the server's
  caf::expected<int64_t> clock_offset(real_time deadline = real_time::max());

  /// Returns the same, or nothing as long as nobody knows.
  std::optional<int64_t> known_clock_offset() const;

  /// Gives up this connection for a new one: the server is not the one that
  /// it was taken for. Without effect on one that has just been made: it is
  /// what can be had.
  void renew();

  /// Returns why requests fail at once for now; nothing where they do not.
  caf::error why_down() const;

  /// Finds out whether the server answers, without waiting for that.
  /// @returns what is done once it is known
  request_ptr probe();

  /// Counts connections that were made, the first one included.
  uint64_t times_connected() const noexcept {
    return times_connected_.load(std::memory_order_relaxed);
  }

  bool is_up() const;

private:
  enum class status : uint8_t {
    /// Not there, but the next attempt has not failed yet: requests wait for
    /// it.
    connecting,
    up,
    /// Not there: requests fail at once.
    down,
    stopped,
  };

  using guard = std::unique_lock<std::mutex>;

  /// How long one looks for an answer before one sleeps.
  static constexpr auto spin_time = std::chrono::microseconds{300};

  static constexpr auto unknown_offset = std::numeric_limits<int64_t>::min();

  void run();

  void connect(guard& lock);

  void connected(socket_ptr next);

  /// Waits, and makes the next attempt.
  void retry(guard& lock);

  caf::expected<socket_ptr> dial();

  /// Queues a request, or refuses it.
  void accept(const request_ptr& what, real_time now);

  void enqueue(const request_ptr& what);

  /// Queues what has come to the inbox, before all that is queued later.
  void queue_arrivals();

  /// Has somebody drive who sends what jobs have queued.
  void get_driven();

  void wait_in_job(request& what);

  void wait_in_thread(request& what);

  /// Waits without sleeping, but not for long, until `what` is answered or
  /// nobody drives. Leaves the lock open in the first case.
  void spin(guard& lock, request& what);

  /// Waits asleep until `what` is answered, in which case it leaves the lock
  /// open, or the caller is to drive, or its time is over.
  void sleep(guard& lock, request& what);

  /// Makes the caller the one who drives.
  void take_over();

  /// Notes whether somebody drives. What comes to the inbox before nobody does
  /// is queued.
  void set_driven(bool driven);

  /// Reads and writes until `own` is answered or, without it, nobody waits.
  void drive(guard& lock, request* own);

  /// Lets somebody else drive, if anybody waits.
  void hand_over(guard& lock);

  void let_thread_drive();

  /// Lets those who were answered last queue their next requests, so that one
  /// write takes them all.
  void gather(guard& lock);

  void write(guard& lock);

  void deliver(std::vector<redis_reply>& replies);

  /// Takes the first request off the queue.
  void finish_first();

  /// Ends requests that have waited for too long.
  void expire(real_time now);

  void give_up(request& what);

  /// Ends a request that has no answer yet.
  /// @returns false where it has one
  bool forget(request& what, caf::error why);

  /// Ends requests that waited for too long while the connection is being made.
  /// @returns when to call again
  real_time pulse();

  /// Notes that the connection is up, or down for a reason, for the thread to
  /// tell.
  void note_change(connection_change::kind what, std::string reason);

  /// Tells what has been noted.
  void tell_changes(guard& lock);

  /// Notes that the connection is gone, and why.
  void lose(const caf::error& why);

  /// Gives up a server that has stopped answering: from now on requests fail at
  /// once, until an attempt to connect succeeds.
  void trip(const caf::error& why);

  /// Returns how much of what was queued may have left this process.
  uint64_t possibly_sent() const noexcept;

  void fail_all(const caf::error& why);

  /// Notes that `what` has its answer or error; its caller is yet to be told.
  void conclude(request_ptr what);

  /// Tells those whose requests have ended.
  void wake_finished(guard& lock);

  /// Tells the first `limit` of them.
  void wake_some(guard& lock, size_t limit);

  /// Returns until when whoever drives may wait for replies.
  real_time next_deadline(real_time now) const;

  /// Returns until when the rest of a reply that nobody wants any more may
  /// come. Never later than the deadline of a request that is yet to be made.
  real_time end_of_patience() const;

  void note_round_trip(real_time now);

  bool far() const noexcept {
    return far_.load(std::memory_order_relaxed);
  }

  const connection_settings settings_;
  fd_signal stopping_;
  std::atomic<uint64_t> times_connected_{0};

  /// Requests of those who do not wait, in the order in which they were made.
  inbox inbox_;

  mutable std::mutex mtx_;
  std::condition_variable changed_;
  status status_ = status::connecting;
  caf::error failure_;
  socket_ptr socket_;
  std::atomic<int64_t> clock_offset_{unknown_offset};
  back_off delays_;
  std::minstd_rand random_{std::random_device{}()};
  std::uniform_real_distribution<double> dice_;

  /// Room for those that are in the inbox.
  std::vector<request_ptr> arrived_;

  /// Requests without an answer, in the order in which they were queued.
  std::deque<request_ptr> waiting_;

  /// Requests that have ended and whose callers are yet to be told.
  std::vector<request_ptr> finished_;

  /// What is to be written, and how much has been queued and written in all.
  std::string outbox_;
  std::string unsent_;
  uint64_t queued_ = 0;
  uint64_t sent_ = 0;
  bool writing_ = false;

  /// How many replies came with the last read.
  size_t answered_at_once_ = 0;

  /// Whether somebody drives, and whether it is the connection's thread.
  bool driven_ = false;
  bool thread_drives_ = false;

  /// Tells whoever drives and waits for replies that there is more to write.
  fd_signal bell_;
  bool rung_ = false;

  /// Whether one of those who spin is to drive.
  std::atomic<bool> vacant_{false};

  /// What was noted last, and what of that is yet to be told.
  std::optional<connection_change::kind> last_change_;
  std::vector<std::pair<connection_change::kind, std::string>> changes_;

  /// Where the thread has tried to connect to last.
  std::string server_;

  /// No request's time is over before this.
  real_time earliest_deadline_ = real_time::max();

  real_time connected_at_ = {};
  real_time last_received_ = {};
  real_time idle_since_ = {};
  std::optional<real_time> round_trip_began_;
  std::chrono::nanoseconds round_trip_{0};
  std::atomic<bool> far_{false};

  std::thread thread_;
};

using connection_ptr = std::shared_ptr<connection>;

} // namespace actor_cache::redis_wire
