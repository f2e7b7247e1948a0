// How whoever drives a connection writes for all and hands out the replies.

#include "connection.hpp"

#include "actor_cache/errc.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace actor_cache::redis_wire {

namespace {

using namespace std::chrono_literals;

/// How many requests whoever drives ends before it looks at the connection
/// again. Fewer make more and smaller writes, each of which costs the server a
/// read.
constexpr size_t burst = 256;

/// Reads what comes up to `deadline` or a ring of `bell`; looks for it for some
/// time at first, without sleeping.
caf::expected<bool> receive(socket& from, short events, real_time deadline,
                            std::chrono::microseconds looks, fd_signal& bell,
                            std::vector<redis_reply>& replies) {
  auto now = real_clock::now();
  auto until = events == POLLIN ? now + looks : now;
  for (; now < until; now = real_clock::now()) {
    if (auto came = from.read(replies); !came || *came)
      return came;
    std::this_thread::yield();
  }
  auto found = wait_for(from.fd(), events, deadline, bell);
  if (!found)
    return std::move(found.error());
  return (*found & ~POLLOUT) != 0 ? from.read(replies) : false;
}

} // namespace

void connection::drive(guard& lock, request* own) {
  std::vector<redis_reply> replies;
  auto over = [&] { return own != nullptr ? own->over : waiting_.empty(); };
  for (;;) {
    if (finished_.empty())
      gather(lock);
    queue_arrivals();
    if (!socket_ || over())
      break;
    write(lock);
    wake_some(lock, burst);
    auto link = socket_;
    if (link == nullptr || over())
      continue;
    auto wanted = static_cast<short>(unsent_.empty() ? POLLIN
                                                     : POLLIN | POLLOUT);
    auto deadline = next_deadline(real_clock::now());
    // The connection's own thread has nobody to spare a switch, and would take
    // the core of those whom it waits for.
    auto looks = own != nullptr && !far() ? spin_time : 0us;
    auto more = !finished_.empty();
    lock.unlock();
    auto came = more ? link->read(replies)
                     : receive(*link, wanted, deadline, looks, bell_, replies);
    auto now = real_clock::now();
    lock.lock();
    rung_ = false;
    if (link != socket_) {
      replies.clear();
      continue;
    }
    if (!replies.empty() || (came && *came)) {
      last_received_ = now;
      note_round_trip(now);
    }
    deliver(replies);
    if (!came)
      lose(came.error());
    else
      expire(now);
    // A caller that leaves hands over first: those who wake up may take this
    // core. The connection's own thread stays: whom it answers may ask again,
    // and one write takes what they all ask.
    if (own == nullptr || !over())
      wake_some(lock, burst);
  }
  hand_over(lock);
  wake_finished(lock);
}

void connection::hand_over(guard& lock) {
  thread_drives_ = false;
  set_driven(false);
  if (waiting_.empty())
    return;
  if (socket_ == nullptr)
    return; // the next connection's first driver is its thread
  auto can_drive = [](const request_ptr& x) {
    return !x->abandoned && (x->spins || x->asleep());
  };
  auto next_driver = [&] {
    return std::find_if(waiting_.begin(), waiting_.end(), can_drive);
  };
  if (auto next = next_driver();
      next == waiting_.end() || !(*next)->spins || far())
    write(lock); // before the next driver has woken up
  if (driven_ || socket_ == nullptr)
    return;
  auto next = next_driver();
  if (next == waiting_.end() || far()) {
    let_thread_drive();
  } else if ((*next)->spins) {
    vacant_.store(true, std::memory_order_release);
  } else {
    set_driven(true);
    (*next)->promoted = true;
    (*next)->woken->ring();
  }
}

void connection::set_driven(bool driven) {
  driven_ = driven;
  inbox_.attend(driven);
  if (!driven)
    queue_arrivals();
}

void connection::take_over() {
  set_driven(true);
  vacant_.store(false, std::memory_order_release);
}

void connection::let_thread_drive() {
  take_over();
  thread_drives_ = true;
  changed_.notify_all();
}

void connection::gather(guard& lock) {
  // The connection's own thread would give way to those who have enough to do.
  if (answered_at_once_ < 2 || thread_drives_ || far())
    return;
  answered_at_once_ = 0;
  lock.unlock();
  std::this_thread::yield();
  lock.lock();
}

void connection::write(guard& lock) {
  while (socket_ && !writing_ && (!outbox_.empty() || !unsent_.empty())) {
    auto link = socket_;
    writing_ = true;
    if (unsent_.empty())
      unsent_.swap(outbox_);
    if (!round_trip_began_ && !waiting_.empty()
        && waiting_.front()->end > sent_)
      round_trip_began_ = real_clock::now();
    lock.unlock();
    auto count = link->write(unsent_);
    lock.lock();
    writing_ = false;
    if (link != socket_) {
      unsent_.clear();
      continue; // what waits for the next connection
    }
    if (!count) {
      lose(count.error());
      return;
    }
    sent_ += *count;
    auto all = *count == unsent_.size();
    unsent_.erase(0, *count);
    // What has come meanwhile waits for the next round of whoever drives: many
    // small writes cost the server as many reads.
    if (!all || (thread_drives_ && !far()))
      return;
  }
}

void connection::deliver(std::vector<redis_reply>& replies) {
  answered_at_once_ = replies.size();
  for (auto& reply : replies) {
    if (waiting_.empty()) {
      lose(make_error(errc::unavailable, "the server sent a reply that nobody "
                                         "had asked for"));
      break;
    }
    auto& first = *waiting_.front();
    if (first.add(std::move(reply)))
      finish_first();
  }
  replies.clear();
}

void connection::finish_first() {
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  if (waiting_.empty())
    idle_since_ = last_received_;
  if (!first->abandoned)
    conclude(std::move(first));
}

void connection::conclude(request_ptr what) {
  what->over = true;
  finished_.push_back(std::move(what));
}

void connection::wake_finished(guard& lock) {
  wake_some(lock, finished_.size());
}

void connection::wake_some(guard& lock, size_t limit) {
  if (finished_.empty())
    return;
  decltype(finished_) finished;
  if (finished_.size() <= limit) {
    finished.swap(finished_);
  } else {
    auto end = finished_.begin() + static_cast<ptrdiff_t>(limit);
    finished.assign(std::move_iterator{finished_.begin()},
                    std::move_iterator{end});
    finished_.erase(finished_.begin(), end);
  }
  lock.unlock();
  // Jobs go on here, which takes longer than to wake a thread.
  for (auto& x : finished)
    if (!x->goes_on_here())
      x->finish();
  for (auto& x : finished)
    if (x->goes_on_here())
      x->finish();
  finished.clear();
  lock.lock();
}

} // namespace actor_cache::redis_wire
