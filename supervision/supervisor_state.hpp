#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/supervisor_actor.hpp"

#include "processes.hpp"
#include "supervisor_core.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace actor_cache::detail {

/// What a supervisor answers beyond its public interface.
using supervisor_base
  = supervisor_actor::extend<caf::result<void>(caf::tick_atom)>;

/// The state of a supervisor: brings its rules together with CAF. It runs on a
/// thread of its own, since factories and stores may take their time.
class supervisor_state : private supervisor_core::host {
public:
  /// Takes the error that the start ended with, empty for none.
  using on_start = std::function<void(caf::error)>;

  supervisor_state(supervisor_base::pointer self, supervisor_spec spec,
                   std::vector<caf::actor_addr> line, std::string path,
                   on_start started);

  ~supervisor_state() override;

  supervisor_base::behavior_type make_behavior();

private:
  // -- what the rules need

  std::unique_ptr<process> make(const child_spec& spec) override;

  time_point now() const override;

  void wake_at(time_point when) override;

  double random() override;

  void finished(caf::error reason) override;

  // -- what is asked

  caf::result<child_info> start_child(const msg::start_child& what);

  caf::result<void> terminate_child(const msg::terminate_child& what);

  caf::result<child_info> restart_child(const msg::restart_child& what);

  caf::result<void> delete_child(const msg::delete_child& what);

  supervisor_info describe() const;

  void start();

  void report_start(caf::error err);

  supervisor_base::pointer self_;
  monitors<supervisor_base::impl> monitors_;
  supervisor_spec spec_;
  surroundings around_;
  on_start started_;
  time_point since_;
  std::minstd_rand random_;
  supervisor_core core_;
};

/// Starts a supervisor below those of `line`, waits until its children have
/// started, and returns it, or the error of the child that failed, once those
/// before that have ended.
caf::expected<supervisor_actor>
spawn_supervisor(caf::actor_system& system, supervisor_spec spec,
                 std::vector<caf::actor_addr> line, std::string path);

} // namespace actor_cache::detail
