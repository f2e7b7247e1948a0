#pragma once

#include "actor_cache/deferred_reads.hpp"
#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/fiber_pool.hpp"

#include "cache_actor_state.hpp"

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/result.hpp>

#include <memory>
#include <optional>

namespace actor_cache::detail {

/// A cache actor whose store suspends the calls that wait: it begins each call
/// at once, on the thread of whoever sends the message, and the call's answer
/// leaves on the thread that has it. Only what concerns the actor itself, such
/// as leases, goes through its mailbox.
///
/// Each call ends within the cache's `call_timeout`, or as soon as the time of
/// what it waits for at the store is over.
class suspending_cache_actor
  : public cache_actor_base::stateful_impl<cache_actor_state> {
public:
  using super = cache_actor_base::stateful_impl<cache_actor_state>;

  suspending_cache_actor(caf::actor_config& config, engine_ptr engine,
                         std::shared_ptr<fiber_pool> jobs);

  static cache_actor spawn(caf::actor_system& system, const engine_ptr& engine);

  bool enqueue(caf::mailbox_element_ptr mail,
               delivery_context* context) override;

  /// Answers a message that came through the mailbox after all.
  template <class Op>
  static caf::result<typename Op::result>
  answer(cache_actor_base::pointer self, Op& op);

private:
  friend class deferred_reads::reader;

  using real_time = fiber_pool::real_time;

  /// Begins the call that `mail` asks for.
  /// @returns false, and leaves the mail alone, where the actor has ended
  template <class Op>
  bool begin(caf::mailbox_element_ptr& mail);

  /// Does so on a stack of its own.
  template <class Op>
  bool begin_job(caf::mailbox_element_ptr& mail, real_time deadline);

  /// Begins a `get` that takes no stack, where the store knows how.
  bool begin_get(caf::mailbox_element_ptr& mail, real_time began,
                 real_time deadline);

  /// Answers it with what the store found.
  void end_get(caf::strong_actor_ptr self, caf::mailbox_element_ptr mail,
               time_point began, caf::expected<std::optional<entry>> found);

  /// Returns the error for those whom the store forgot.
  caf::error unanswered() const;

  using starter = bool (suspending_cache_actor::*)(caf::mailbox_element_ptr&);

  template <class... Ops>
  static starter starter_of(const caf::message& what, op_list<Ops...>);

  const engine_ptr engine_;
  const std::shared_ptr<fiber_pool> jobs_;
};

} // namespace actor_cache::detail
