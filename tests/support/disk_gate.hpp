#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace actor_cache::test {

/// While one lives, whoever waits for the disk (`fdatasync`) in this process
/// waits for it too.
class disk_gate {
public:
  disk_gate();

  /// Lets all go on.
  ~disk_gate();

  disk_gate(const disk_gate&) = delete;

  disk_gate& operator=(const disk_gate&) = delete;

  /// Waits until somebody waits.
  void await_visitor();

  /// Lets all go on.
  void open();

  /// Tells whether somebody waited so long that the test must have hung.
  bool gave_up();

  /// Called for each wait for the disk.
  void pass();

private:
  std::mutex mtx_;
  std::condition_variable changed_;
  bool visited_ = false;
  bool open_ = false;
  bool gave_up_ = false;
  int inside_ = 0;
};

} // namespace actor_cache::test
