#include "waiting.hpp"

#include "redis_errors.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace actor_cache::redis_wire {

namespace {

int milliseconds_until(real_time deadline) {
  if (deadline == real_time::max())
    return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline
                                                           - real_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3'600'000));
}

} // namespace

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
    return lost_by_errno();
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
      return lost_by_errno();
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

} // namespace actor_cache::redis_wire
