// When a connection gives up requests and servers, and how far it takes a
// server to be.

#include "connection.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace actor_cache::redis_wire {

namespace {

using namespace std::chrono_literals;

/// A server whose answers take longer than this is far: the next write does not
/// wait for them.
constexpr auto far_away = 200us;

/// How late it may be noticed that a request's time is over.
constexpr auto longest_wait = 50ms;

} // namespace

real_time connection::next_deadline(real_time now) const {
  if (waiting_.empty())
    return real_time::max();
  // Somebody may come who is in more of a hurry.
  return std::min({end_of_patience(), earliest_deadline_, now + longest_wait});
}

real_time connection::end_of_patience() const {
  if (socket_ == nullptr || waiting_.empty() || !waiting_.front()->abandoned)
    return real_time::max();
  const auto& first = *waiting_.front();
  return std::min(std::max(last_received_, first.sent_at), first.deadline)
         + settings_.command_timeout;
}

void connection::expire(real_time now) {
  if (end_of_patience() <= now)
    trip(make_error(errc::unavailable, "the server has stopped answering"));
  if (now < earliest_deadline_)
    return;
  // What is given up may take the connection and all others with it.
  std::vector<request_ptr> late;
  earliest_deadline_ = real_time::max();
  for (const auto& x : waiting_)
    if (!x->abandoned && x->deadline <= now)
      late.push_back(x);
    else if (!x->abandoned)
      earliest_deadline_ = std::min(earliest_deadline_, x->deadline);
  for (const auto& x : late)
    give_up(*x);
}

bool connection::forget(request& what, caf::error why) {
  auto i = std::find_if(waiting_.begin(), waiting_.end(),
                        [&](const auto& x) { return x.get() == &what; });
  if (i == waiting_.end() || what.abandoned)
    return false;
  what.abandoned = true;
  what.may_have_run = socket_ != nullptr && what.reached_server(sent_);
  what.failure = std::move(why);
  conclude(*i);
  // Once it is on its way its reply has to be taken off, too.
  if (socket_ == nullptr)
    waiting_.erase(i);
  return true;
}

void connection::give_up(request& what) {
  auto sent_at = what.sent_at;
  auto late = make_error(errc::timeout,
                         fmt::format("Redis did not answer within {}",
                                     render(what.deadline - what.made_at)));
  // A server that sent nothing for so long is given up.
  if (forget(what, std::move(late))
      && real_clock::now() - sent_at >= settings_.command_timeout
      && (socket_ == nullptr || last_received_ <= sent_at))
    trip(make_error(errc::unavailable, "the server has stopped answering"));
}

real_time connection::pulse() {
  guard lock{mtx_};
  auto now = real_clock::now();
  expire(now);
  wake_finished(lock);
  return std::min(next_deadline(now), now + longest_wait);
}

void connection::note_round_trip(real_time now) {
  if (!round_trip_began_)
    return;
  std::chrono::nanoseconds sample = now - *round_trip_began_;
  round_trip_began_.reset();
  // Rises slowly, since a busy server only looks far away.
  if (sample < round_trip_ || round_trip_.count() == 0)
    round_trip_ = sample;
  else
    round_trip_ += (sample - round_trip_) / 64;
  far_.store(round_trip_ > far_away, std::memory_order_relaxed);
}

} // namespace actor_cache::redis_wire
