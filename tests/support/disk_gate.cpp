#include "disk_gate.hpp"

#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>

namespace actor_cache::test {

namespace {

// What LMDB calls has no place for an argument.
std::mutex current_mtx;
disk_gate* current = nullptr;

/// Longer than any of the calls takes that a closed gate must not hold up.
constexpr std::chrono::seconds patience{20};

} // namespace

disk_gate::disk_gate() {
  std::lock_guard guard{current_mtx};
  current = this;
}

disk_gate::~disk_gate() {
  {
    std::lock_guard guard{current_mtx};
    current = nullptr;
  }
  open();
  std::unique_lock guard{mtx_};
  changed_.wait(guard, [this] { return inside_ == 0; });
}

void disk_gate::await_visitor() {
  std::unique_lock guard{mtx_};
  changed_.wait(guard, [this] { return visited_; });
}

void disk_gate::open() {
  std::lock_guard guard{mtx_};
  open_ = true;
  changed_.notify_all();
}

bool disk_gate::gave_up() {
  std::lock_guard guard{mtx_};
  return gave_up_;
}

void disk_gate::pass() {
  std::unique_lock guard{mtx_};
  visited_ = true;
  ++inside_;
  changed_.notify_all();
  if (!changed_.wait_for(guard, patience, [this] { return open_; })) {
    gave_up_ = true;
    open_ = true;
  }
  --inside_;
  changed_.notify_all();
}

/// Stands in for the C library's function, which LMDB calls by this name.
extern "C" int fdatasync(int fd) {
  {
    std::unique_lock guard{current_mtx};
    if (auto* gate = current) {
      guard.unlock();
      gate->pass();
    }
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

} // namespace actor_cache::test
