#include "supervisor_core.hpp"

#include "actor_cache/errc.hpp"

#include <caf/exit_reason.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace actor_cache::detail {

namespace {

/// How long a killed actor may take. One that is stuck in a handler of its own
/// cannot be ended by anybody.
constexpr timespan time_to_die = std::chrono::seconds{5};

bool is_normal(const caf::error& reason) {
  return reason.empty() || reason == caf::exit_reason::normal
         || reason == caf::exit_reason::user_shutdown;
}

bool starts_again(restart_type type, const caf::error& reason) {
  return type == restart_type::permanent
         || (type == restart_type::transient && !is_normal(reason));
}

void keep_first(caf::error& kept, caf::error err) {
  if (kept.empty())
    kept = std::move(err);
}

} // namespace

supervisor_core::supervisor_core(host& outside, supervisor_options options)
  : outside_(outside),
    options_(std::move(options)),
    intensity_(static_cast<size_t>(options_.max_restarts),
               options_.max_period) {
  // nop
}

supervisor_core::~supervisor_core() {
  for (auto i = children_.rbegin(); i != children_.rend(); ++i) {
    auto& which = i->second;
    if (which.runs_as == nullptr)
      continue;
    static_cast<void>(which.runs_as->close()); // nobody is left to be told
    if (which.run != 0)
      which.runs_as->stop();
  }
}

// -- one thing at a time ------------------------------------------------------

void supervisor_core::submit(std::function<void()> work) {
  waiting_.push_back(std::move(work));
  drain();
}

void supervisor_core::drain() {
  while (!stopping_) {
    if (ending_) {
      finish();
      return;
    }
    if (waiting_.empty())
      return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    work();
  }
}

void supervisor_core::shut_down(caf::error reason) {
  if (ending_)
    return;
  ending_ = std::move(reason);
  drain();
}

void supervisor_core::finish() {
  if (finishing_)
    return;
  finishing_ = true;
  std::vector<uint64_t> all;
  for (const auto& [number, which] : children_)
    all.push_back(number);
  stop(std::move(all), true, [this](caf::error lost) {
    keep_first(lost_, std::move(lost));
    // What it gave up on says more than what was lost on the way out.
    auto failed = ending_->category() == caf::type_id_v<errc>;
    outside_.finished(failed || lost_.empty() ? *ending_ : lost_);
  });
}

// -- stopping -----------------------------------------------------------------

void supervisor_core::stop(std::vector<uint64_t> which, bool for_good,
                           std::function<void(caf::error)> then) {
  stopping_.emplace(
    stopping{std::move(which), for_good, std::move(then), caf::error{}});
  if (options_.strategy == restart_strategy::dynamic)
    for (auto number : stopping_->left)
      if (auto* x = find(number); x != nullptr && x->run != 0)
        ask_to_end(*x);
  advance();
}

void supervisor_core::advance() {
  auto& left = stopping_->left;
  for (; !left.empty(); left.pop_back()) {
    auto number = left.back();
    auto* next = find(number);
    if (next == nullptr)
      continue;
    if (next->run != 0) {
      if (next->state != child_state::stopping)
        ask_to_end(*next);
      return;
    }
    next->state = child_state::stopped;
    next->unattended = false;
    next->retry_at = never;
    if (for_good(*next))
      close(*next);
    // A dynamic supervisor forgets those that it has stopped for good.
    if (next->spec.restart == restart_type::temporary
        || (stopping_->for_good
            && options_.strategy == restart_strategy::dynamic))
      remove(number);
  }
  auto then = std::move(stopping_->then);
  auto lost = std::move(stopping_->lost);
  stopping_.reset();
  then(std::move(lost));
  drain();
}

bool supervisor_core::for_good(const child& which) const noexcept {
  return stopping_->for_good || which.spec.restart == restart_type::temporary;
}

void supervisor_core::close(child& which) {
  if (which.runs_as == nullptr)
    return;
  auto err = which.runs_as->close();
  keep_first(stopping_ ? stopping_->lost : lost_, std::move(err));
}

void supervisor_core::ask_to_end(child& which) {
  // Calls to a cache fail from here on rather than end up in a dead mailbox.
  if (for_good(which))
    close(which);
  which.state = child_state::stopping;
  auto number = ids_.find(which.spec.id)->second;
  auto patience = which.spec.time_to_end();
  if (patience == brutal_kill) {
    enforce_end(number, which);
    return;
  }
  which.runs_as->stop();
  if (patience != no_kill) {
    which.kill_at = later(outside_.now(), patience);
    set_timer(number, which.kill_at);
  }
}

void supervisor_core::enforce_end(uint64_t number, child& which) {
  if (!which.killed) {
    which.killed = true;
    which.runs_as->kill();
    which.kill_at = later(outside_.now(), time_to_die);
    set_timer(number, which.kill_at);
    return;
  }
  if (stopping_)
    keep_first(stopping_->lost,
               make_error(errc::child_failed,
                          fmt::format("child '{}' does not end, not even when "
                                      "killed: it hangs in a handler",
                                      which.spec.id)));
  ended(which.run, caf::exit_reason::kill);
}

// -- what happens -------------------------------------------------------------

caf::error supervisor_core::start(std::vector<child_spec> specs) {
  for (auto& spec : specs) {
    auto& next = add(std::move(spec));
    if (auto err = launch(last_number_, next); !err.empty()) {
      shut_down(err);
      return err;
    }
  }
  return {};
}

void supervisor_core::ended(uint64_t run, const caf::error& reason) {
  auto found = runs_.find(run);
  if (found == runs_.end())
    return;
  auto number = found->second;
  runs_.erase(found);
  auto& which = children_.find(number)->second;
  which.run = 0;
  which.kill_at = never;
  which.killed = false;
  if (which.state == child_state::stopping) {
    which.state = child_state::stopped;
    advance();
    return;
  }
  which.unattended = true;
  which.state = starts_again(which.spec.restart, reason)
                  ? child_state::restarting
                  : child_state::stopped;
  submit([this, number, reason] { attend(number, reason); });
}

void supervisor_core::attend(uint64_t number, const caf::error& reason) {
  auto* which = find(number);
  if (which == nullptr || !which->unattended)
    return;
  which->unattended = false;
  if (starts_again(which->spec.restart, reason))
    restart(number, *which, reason);
  else
    done(number, *which);
}

void supervisor_core::done(uint64_t number, child& which) {
  which.state = child_state::stopped;
  close(which);
  auto significant = which.spec.significant;
  if (which.spec.restart == restart_type::temporary
      || options_.strategy == restart_strategy::dynamic)
    remove(number);
  if (!significant)
    return;
  auto counts = [](const auto& x) {
    return x.second.spec.significant && x.second.state != child_state::stopped;
  };
  if (options_.auto_shutdown == auto_shutdown::any_significant
      || std::none_of(children_.begin(), children_.end(), counts))
    shut_down(caf::exit_reason::user_shutdown);
}

// -- restarting ---------------------------------------------------------------

void supervisor_core::restart(uint64_t number, child& which,
                              const caf::error& reason) {
  if (!note_restart(which, reason))
    return;
  which.state = child_state::restarting;
  auto delay = next_delay(which);
  stop(others_of(number), false, [this, number, delay](caf::error lost) {
    keep_first(lost_, std::move(lost));
    auto* again = find(number);
    if (ending_ || again == nullptr)
      return;
    again->state = child_state::restarting;
    if (delay > timespan{0})
      retry(number, *again, delay);
    else
      start_again(number);
  });
}

bool supervisor_core::note_restart(child& which, const caf::error& reason) {
  if (intensity_.note(outside_.now()))
    return true;
  which.state = child_state::stopped;
  shut_down(make_error(
    errc::child_failed,
    fmt::format("child '{}' ended too often: more than {} restarts within {}; "
                "the last time with: {}",
                which.spec.id, options_.max_restarts,
                render(options_.max_period), to_string(reason))));
  return false;
}

timespan supervisor_core::next_delay(child& which) {
  const auto& backoff = options_.backoff;
  if (backoff.initial <= timespan{0})
    return timespan{0};
  if (outside_.now() - which.since >= backoff.reset_after)
    which.failures = 0;
  auto grown = static_cast<double>(backoff.initial.count())
               * std::pow(backoff.factor, which.failures++);
  auto most = static_cast<double>(backoff.max.count());
  auto spread = 1.0 + backoff.jitter * (2.0 * outside_.random() - 1.0);
  return timespan{
    static_cast<timespan::rep>(std::min(std::min(grown, most) * spread, most))};
}

void supervisor_core::retry(uint64_t number, child& which, timespan delay) {
  which.retry_at = later(outside_.now(), delay);
  set_timer(number, which.retry_at);
}

void supervisor_core::restart_now(uint64_t number) {
  auto* which = find(number);
  if (which == nullptr || which->state != child_state::restarting
      || which->retry_at != never)
    return;
  stop(others_of(number), false, [this, number](caf::error lost) {
    keep_first(lost_, std::move(lost));
    if (!ending_)
      start_again(number);
  });
}

void supervisor_core::start_again(uint64_t number) {
  auto first = options_.strategy == restart_strategy::one_for_all
                 ? children_.begin()
                 : children_.find(number);
  auto alone = options_.strategy == restart_strategy::one_for_one
               || options_.strategy == restart_strategy::dynamic;
  for (auto i = first; i != children_.end(); ++i) {
    auto& which = i->second;
    auto before = which.since != time_point{};
    if (auto err = launch(i->first, which); !err.empty()) {
      which.state = child_state::restarting;
      if (note_restart(which, err))
        retry(i->first, which, next_delay(which));
      return;
    }
    which.restarts += before ? 1 : 0;
    if (alone)
      return;
  }
}

std::vector<uint64_t> supervisor_core::others_of(uint64_t number) const {
  std::vector<uint64_t> result;
  auto all = options_.strategy == restart_strategy::one_for_all;
  if (!all && options_.strategy != restart_strategy::rest_for_one)
    return result;
  for (const auto& [other, which] : children_)
    if (other > number || (all && other != number))
      result.push_back(other);
  return result;
}

// -- time ---------------------------------------------------------------------

void supervisor_core::set_timer(uint64_t number, time_point when) {
  auto next = timers_.empty() ? never : timers_.begin()->first;
  timers_.emplace(when, number);
  if (when < next)
    outside_.wake_at(when);
}

void supervisor_core::wake() {
  auto now = outside_.now();
  std::vector<uint64_t> due;
  auto end = timers_.upper_bound(now);
  for (auto i = timers_.begin(); i != end; ++i)
    due.push_back(i->second);
  timers_.erase(timers_.begin(), end);
  if (!timers_.empty())
    outside_.wake_at(timers_.begin()->first);
  for (auto number : due) {
    auto* which = find(number);
    if (which == nullptr)
      continue;
    if (which->kill_at <= now) {
      which->kill_at = never;
      enforce_end(number, *which);
    } else if (which->retry_at <= now) {
      which->retry_at = never;
      submit([this, number] { restart_now(number); });
    }
  }
}

} // namespace actor_cache::detail
