#pragma once

#include "actor_cache/child_spec.hpp"
#include "actor_cache/supervisor_actor.hpp"
#include "actor_cache/types.hpp"

#include "process.hpp"
#include "restart_intensity.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace actor_cache::detail {

/// The rules of a supervisor, without the actor: told what has happened, it
/// starts and stops processes. Reads no clock and sends no message.
///
/// It does one thing at a time, as Erlang's does: while children are asked to
/// end, one after the other, what comes in waits. (Erlang: `supervisor.erl`.)
class supervisor_core {
public:
  /// What the rules need from outside.
  class host {
  public:
    virtual ~host() = default;

    /// Makes the process of a child; nothing runs yet.
    virtual std::unique_ptr<process> make(const child_spec& spec) = 0;

    virtual time_point now() const = 0;

    /// Calls `wake` at `when` or soon after, and never from within this call.
    virtual void wake_at(time_point when) = 0;

    /// Returns a random number of the half-open range from 0 to 1.
    virtual double random() = 0;

    /// Tells that no child runs any more and the supervisor is to end.
    virtual void finished(caf::error reason) = 0;
  };

  using on_child = std::function<void(caf::expected<child_info>)>;

  using on_done = std::function<void(caf::error)>;

  supervisor_core(host& outside, supervisor_options options);

  supervisor_core(const supervisor_core&) = delete;

  supervisor_core& operator=(const supervisor_core&) = delete;

  /// Asks what still runs to end, without waiting: the supervisor was killed.
  ~supervisor_core();

  // -- what happens -----------------------------------------------------------

  /// Starts the first children. Where one of them fails, those before it are
  /// stopped, and the supervisor finishes with the error that is returned.
  caf::error start(std::vector<child_spec> children);

  /// Tells that the actor that was started with the number `run` has ended.
  void ended(uint64_t run, const caf::error& reason);

  /// Does what is due by now.
  void wake();

  /// Stops all children and finishes with `reason`.
  void shut_down(caf::error reason);

  // -- what is asked ----------------------------------------------------------

  std::vector<child_info> which_children() const;

  child_counts count_children() const;

  /// Returns the number of restarts that count against the limit now.
  uint64_t recent_restarts() const {
    return intensity_.recent(outside_.now());
  }

  void start_child(child_spec spec, on_child reply);

  void terminate_child(std::string id, on_done reply);

  void restart_child(std::string id, on_child reply);

  void delete_child(std::string id, on_done reply);

private:
  struct child {
    child_spec spec;
    std::unique_ptr<process> runs_as;
    child_state state = child_state::stopped;
    /// The number of the actor that runs now, 0 for none.
    uint64_t run = 0;
    uint64_t restarts = 0;
    time_point since{};
    /// Failures in a row, for the back-off.
    unsigned failures = 0;
    /// Whether it has ended and nothing was done about that yet.
    bool unattended = false;
    bool killed = false;
    time_point retry_at = never;
    time_point kill_at = never;
  };

  /// Children by their number, which is the order of their start.
  using children = std::map<uint64_t, child>;

  /// Children that are being stopped, and what to do then.
  struct stopping {
    /// The next one is the last.
    std::vector<uint64_t> left;
    bool for_good;
    std::function<void(caf::error lost)> then;
    caf::error lost;
  };

  /// Runs `work` once nothing is being stopped any more.
  void submit(std::function<void()> work);

  void drain();

  // -- stopping

  void stop(std::vector<uint64_t> which, bool for_good,
            std::function<void(caf::error)> then);

  void advance();

  void ask_to_end(child& which);

  bool for_good(const child& which) const noexcept;

  void close(child& which);

  void enforce_end(uint64_t number, child& which);

  void finish();

  // -- starting and restarting

  child& add(child_spec spec);

  caf::error launch(uint64_t number, child& which);

  void attend(uint64_t number, const caf::error& reason);

  void done(uint64_t number, child& which);

  void restart(uint64_t number, child& which, const caf::error& reason);

  void restart_now(uint64_t number);

  void start_again(uint64_t number);

  void retry(uint64_t number, child& which, timespan delay);

  bool note_restart(child& which, const caf::error& reason);

  timespan next_delay(child& which);

  std::vector<uint64_t> others_of(uint64_t number) const;

  // -- children

  child* find(uint64_t number);

  caf::expected<children::iterator> find_id(std::string_view id);

  caf::expected<children::iterator> find_stopped(std::string_view id);

  void remove(uint64_t number);

  child_info info(const child& which) const;

  void set_timer(uint64_t number, time_point when);

  host& outside_;
  const supervisor_options options_;
  restart_intensity intensity_;
  children children_;
  std::unordered_map<std::string, uint64_t> ids_;
  std::unordered_map<uint64_t, uint64_t> runs_;
  std::multimap<time_point, uint64_t> timers_;
  uint64_t last_number_ = 0;
  uint64_t last_run_ = 0;
  std::optional<stopping> stopping_;
  std::deque<std::function<void()>> waiting_;

  /// Set once the supervisor is on its way out.
  std::optional<caf::error> ending_;
  bool finishing_ = false;

  /// The first loss that nobody has been told about.
  caf::error lost_;
};

} // namespace actor_cache::detail
