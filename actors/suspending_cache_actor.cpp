#include "suspending_cache_actor.hpp"

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/errc.hpp"

#include "engine_call.hpp"
#include "telemetry/hub.hpp"

#include <caf/sec.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <new>
#include <tuple>
#include <utility>

namespace actor_cache::detail {

namespace {

using answered_ops = joined<simple_ops, capability_ops>::type;

/// Returns by when a call that begins now should have ended.
fiber_pool::real_time deadline_of(const engine& target,
                                  fiber_pool::real_time now) {
  auto timeout = target.spec().call_timeout;
  return timeout < fiber_pool::real_time::max() - now
           ? now + timeout
           : fiber_pool::real_time::max();
}

} // namespace

suspending_cache_actor::suspending_cache_actor(caf::actor_config& config,
                                               engine_ptr engine,
                                               std::shared_ptr<fiber_pool> jobs)
  : super(config, engine, jobs),
    engine_(std::move(engine)),
    jobs_(std::move(jobs)) {
  // nop
}

cache_actor suspending_cache_actor::spawn(caf::actor_system& system,
                                          const engine_ptr& engine) {
  return system.spawn<suspending_cache_actor, caf::hidden>(
    engine, std::make_shared<fiber_pool>());
}

bool suspending_cache_actor::enqueue(caf::mailbox_element_ptr mail,
                                     delivery_context* context) {
  // A handler of events whose mail began calls here would hear of these, too,
  // before it is through: its mail waits until it is.
  if (auto begin = starter_of(mail->payload, answered_ops{});
      begin != nullptr && !in_event_handler() && (this->*begin)(mail))
    return true;
  return super::enqueue(std::move(mail), context);
}

template <class... Ops>
suspending_cache_actor::starter
suspending_cache_actor::starter_of(const caf::message& what, op_list<Ops...>) {
  using block = caf::id_block::actor_cache;
  static const auto starters = [] {
    std::array<starter, block::end - block::begin> result{};
    // What ends a lease must not overtake those who wait for that.
    ((result[caf::type_id_v<Ops> - block::begin]
      = is_one_of<Ops, ending_ops> ? nullptr
                                   : &suspending_cache_actor::begin<Ops>),
     ...);
    return result;
  }();
  auto types = what.types();
  if (types.size() != 1 || types[0] < block::begin || types[0] >= block::end)
    return nullptr;
  return starters[types[0] - block::begin];
}

template <class Op>
bool suspending_cache_actor::begin(caf::mailbox_element_ptr& mail) {
  auto now = real_time::clock::now();
  auto deadline = deadline_of(*engine_, now);
  if constexpr (std::is_same_v<Op, msg::get>)
    if (begin_get(mail, now, deadline))
      return true;
  return begin_job<Op>(mail, deadline);
}

// -- reads that nobody waits for ----------------------------------------------

bool suspending_cache_actor::begin_get(caf::mailbox_element_ptr& mail,
                                       real_time began, real_time deadline) {
  auto* store = engine_->defers_reads();
  if (store == nullptr || jobs_->closed())
    return false;
  try {
    auto now = engine_->begin_read();
    if (!now)
      return false;
    store->begin_get({caf::actor_cast<caf::strong_actor_ptr>(this),
                      std::move(mail), *now, began, deadline});
  } catch (...) {
    // With the mail still there the call begins once more, and may fail so.
  }
  return mail == nullptr;
}

void suspending_cache_actor::end_get(
  caf::strong_actor_ptr self, caf::mailbox_element_ptr mail, time_point began,
  caf::expected<std::optional<entry>> found) {
  caf::message answer;
  try {
    const auto& key = mail->payload.get_as<msg::get>(0).key;
    answer = to_message(engine_->end_get(key, began, std::move(found)));
  } catch (...) {
    answer = caf::make_message(current_exception_error());
  }
  detail::respond(std::move(mail), std::move(self), std::move(answer));
}

caf::error suspending_cache_actor::unanswered() const {
  return make_error(errc::unavailable,
                    fmt::format("cache '{}': the store gave no answer",
                                engine_->name()));
}

// -- all other calls ----------------------------------------------------------

template <class Op>
bool suspending_cache_actor::begin_job(caf::mailbox_element_ptr& mail,
                                       real_time deadline) {
  auto job = [this, &mail] {
    cache_actor_base self{this};
    auto mine = std::move(mail);
    caf::message answer;
    try {
      answer = to_message(call(*engine_, mine->payload.template get_as<Op>(0)));
    } catch (...) {
      auto err = current_exception_error();
      detail::anon_send(self, call_threw{message_of(err)});
      answer = caf::make_message(std::move(err));
    }
    detail::respond(std::move(mine),
                    caf::actor_cast<caf::strong_actor_ptr>(std::move(self)),
                    std::move(answer));
  };
  try {
    return jobs_->run(job, deadline);
  } catch (const std::bad_alloc&) {
    detail::bounce(
      std::move(mail),
      make_error(errc::unavailable,
                 fmt::format("cache '{}': no stack is left for one "
                             "more call that waits",
                             engine_->name())));
    return true;
  }
}

template <class Op>
caf::result<typename Op::result>
suspending_cache_actor::answer(cache_actor_base::pointer self, Op& op) {
  auto* me = static_cast<suspending_cache_actor*>(self);
  auto mail = copy_of(*me->current_mailbox_element(),
                      caf::make_message(std::move(op)));
  if (!me->template begin<Op>(mail))
    return make_error(caf::sec::request_receiver_down);
  return caf::delegated<typename Op::result>{};
}

/// Names the answers so that they are compiled here.
template <class List>
struct compiled_answers;

template <class... Ops>
struct compiled_answers<op_list<Ops...>> {
  static constexpr auto all = std::tuple{
    static_cast<caf::result<typename Ops::result> (*)(cache_actor_base::pointer,
                                                      Ops&)>(
      &suspending_cache_actor::answer<Ops>)...};
};

template struct compiled_answers<answered_ops>;

} // namespace actor_cache::detail

namespace actor_cache {

namespace {

detail::suspending_cache_actor& as_home(const caf::strong_actor_ptr& x) {
  return *static_cast<detail::suspending_cache_actor*>(x->get());
}

} // namespace

deferred_reads::reader::reader(caf::strong_actor_ptr home,
                               caf::mailbox_element_ptr mail, time_point now,
                               real_time began, real_time deadline) noexcept
  : home_(std::move(home)),
    mail_(std::move(mail)),
    now_(now),
    began_(began),
    deadline_(deadline) {
  // nop
}

deferred_reads::reader::~reader() {
  if (mail_ != nullptr)
    detail::bounce(std::move(mail_), as_home(home_).unanswered());
}

std::string_view deferred_reads::reader::key() const noexcept {
  return mail_->payload.get_as<msg::get>(0).key;
}

void deferred_reads::reader::answer(caf::expected<std::optional<entry>> found) {
  auto& home = as_home(home_);
  home.end_get(std::move(home_), std::move(mail_), now_, std::move(found));
}

void deferred_reads::reader::ask_again() {
  auto mail = std::move(mail_);
  if (!as_home(home_).begin_job<msg::get>(mail, deadline_))
    detail::bounce(std::move(mail),
                   make_error(caf::sec::request_receiver_down));
}

} // namespace actor_cache
