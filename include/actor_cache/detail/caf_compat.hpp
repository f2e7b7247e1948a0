#pragma once

// Every difference between CAF 0.18 and CAF 1.x that this library meets, and
// nothing else. No other file looks at CAF's version.

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/config.hpp>
#include <caf/disposable.hpp>
#include <caf/error.hpp>
#include <caf/logger.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/timespan.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#if CAF_MAJOR_VERSION < 1
#  include <caf/make_message.hpp>
#  include <caf/monitorable_actor.hpp>
#  include <caf/send.hpp>
#  include <caf/string_view.hpp>
#  include <caf/system_messages.hpp>
#  include <caf/timestamp.hpp>
#else
#  include <caf/action.hpp>
#  include <caf/anon_mail.hpp>
#  include <caf/attachable.hpp>
#endif

namespace actor_cache::detail {

/// The component that our lines in CAF's log belong to.
inline constexpr const char* log_component = "actor_cache";

/// Levels of CAF's log, as numbers that both generations share.
enum class log_level : unsigned {
  error = CAF_LOG_LEVEL_ERROR,
  warning = CAF_LOG_LEVEL_WARNING,
  info = CAF_LOG_LEVEL_INFO,
};

/// The timeout of a request that waits for its answer as long as it takes.
inline constexpr caf::timespan no_timeout
  = static_cast<caf::timespan>(caf::infinite);

#if CAF_MAJOR_VERSION < 1

using caf_string_view = caf::string_view;

/// The base of actors that have no mailbox but pass their mail on.
using forwarding_actor = caf::monitorable_actor;

/// What a thread that runs actors brings along.
using delivery_context = caf::execution_unit;

/// Whether CAF reads "a.b = 1" in a configuration file.
inline constexpr bool reads_dotted_keys = false;

/// Returns the files that CAF looks for where the command line names none.
template <class Config>
std::vector<std::string> default_config_files(const Config& config) {
  auto result = config.config_file_path_alternatives;
  result.insert(result.begin(), config.config_file_path);
  return result;
}

inline caf_string_view to_caf(std::string_view x) noexcept {
  return {x.data(), x.size()};
}

inline std::string_view to_std(caf_string_view x) noexcept {
  return {x.data(), x.size()};
}

/// Sends a message without a sender.
template <class Handle, class... Ts>
void anon_send(const Handle& to, Ts&&... xs) {
  caf::anon_send(to, std::forward<Ts>(xs)...);
}

/// Sends a message without a sender once `delay` has passed.
template <class Handle, class... Ts>
void delayed_anon_send(const Handle& to, caf::timespan delay, Ts&&... xs) {
  caf::delayed_anon_send(to, delay, std::forward<Ts>(xs)...);
}

/// Sends a message to `to` once `delay` has passed.
template <class Self, class Handle, class... Ts>
void delayed_send(Self* self, const Handle& to, caf::timespan delay,
                  Ts&&... xs) {
  self->delayed_send(to, delay, std::forward<Ts>(xs)...);
}

/// Sends a request; the result takes `then`, `await` or, for blocking actors,
/// `receive`.
template <class Self, class Handle, class... Ts>
auto request(Self* self, const Handle& to, caf::timespan timeout, Ts&&... xs) {
  return self->request(to, timeout, std::forward<Ts>(xs)...);
}

/// Lets `to` answer the request that `self` is at, and returns what a handler
/// has to return then.
template <class Self, class Handle, class... Ts>
auto delegate(Self* self, const Handle& to, Ts&&... xs) {
  return self->delegate(to, std::forward<Ts>(xs)...);
}

#else

using caf_string_view = std::string_view;

class forwarding_actor : public caf::abstract_actor {
public:
  using caf::abstract_actor::abstract_actor;

private:
  void force_close_mailbox() override {
    // nop: there is none
  }
};

using delivery_context = caf::scheduler;

inline constexpr bool reads_dotted_keys = true;

template <class Config>
std::vector<std::string> default_config_files(const Config&) {
  return {}; // nothing asks: see above
}

inline std::string_view to_caf(std::string_view x) noexcept {
  return x;
}

inline std::string_view to_std(std::string_view x) noexcept {
  return x;
}

template <class Handle, class... Ts>
void anon_send(const Handle& to, Ts&&... xs) {
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
}

template <class Handle, class... Ts>
void delayed_anon_send(const Handle& to, caf::timespan delay, Ts&&... xs) {
  caf::anon_mail(std::forward<Ts>(xs)...).delay(delay).send(to);
}

template <class Self, class Handle, class... Ts>
void delayed_send(Self* self, const Handle& to, caf::timespan delay,
                  Ts&&... xs) {
  self->mail(std::forward<Ts>(xs)...).delay(delay).send(to);
}

template <class Self, class Handle, class... Ts>
auto request(Self* self, const Handle& to, caf::timespan timeout, Ts&&... xs) {
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
}

template <class Self, class Handle, class... Ts>
auto delegate(Self* self, const Handle& to, Ts&&... xs) {
  return self->mail(std::forward<Ts>(xs)...).delegate(to);
}

#endif

/// Tells whether an actor has ended; true before anybody hears of its end.
inline bool has_ended(const caf::abstract_actor& x) {
#if CAF_MAJOR_VERSION < 1
  return x.getf(caf::abstract_actor::is_cleaned_up_flag);
#else
  return x.getf(caf::abstract_actor::is_terminated_flag);
#endif
}

/// Writes a line to CAF's log, from any thread, as the log's configuration
/// wants it. (CAF's macros may be compiled to nothing.)
inline void write_log(caf::logger& to, log_level level, std::string text) {
  auto number = static_cast<unsigned>(level);
  if (!to.accepts(number, log_component))
    return;
#if CAF_MAJOR_VERSION < 1
  to.log({number, __LINE__, log_component, "actor_cache", "actor_cache",
          "actor_cache", std::move(text), std::this_thread::get_id(),
          caf::logger::thread_local_aid(), caf::make_timestamp()});
#else
  to.legacy_api_log(number, log_component, std::move(text));
#endif
}

/// Returns mail as `mail` with another content.
inline caf::mailbox_element_ptr copy_of(const caf::mailbox_element& mail,
                                        caf::message content) {
#if CAF_MAJOR_VERSION < 1
  return caf::make_mailbox_element(mail.sender, mail.mid, mail.stages,
                                   std::move(content));
#else
  return caf::make_mailbox_element(mail.sender, mail.mid, std::move(content));
#endif
}

/// Sends what `self` answers to `mail`, which becomes the answer, from any
/// thread. As with all of CAF's answers, one to a message that is no request is
/// a message, too, unless it is empty.
inline void respond(caf::mailbox_element_ptr mail, caf::strong_actor_ptr self,
                    caf::message content) {
  if (content.empty() && !mail->mid.is_request())
    return;
  caf::strong_actor_ptr to;
#if CAF_MAJOR_VERSION < 1
  if (!mail->stages.empty()) {
    to = std::move(mail->stages.back());
    mail->stages.pop_back();
  }
#endif
  if (to == nullptr) {
    to = std::exchange(mail->sender, std::move(self));
    mail->mid = mail->mid.response_id();
  }
  mail->payload = std::move(content);
  if (to != nullptr)
    to->enqueue(std::move(mail), nullptr);
}

/// Answers `mail` with `reason` if it is a request.
inline void bounce(caf::mailbox_element_ptr mail, caf::error reason) {
  if (mail->mid.is_request())
    respond(std::move(mail), nullptr, caf::make_message(std::move(reason)));
}

#if CAF_MAJOR_VERSION >= 1

/// Calls `fun(reason)` when it is destroyed, if its actor has ended. CAF 1
/// tells of an end before it destroys the actor's state, and lets go of those
/// whom it told after that.
class end_notice final : public caf::attachable {
public:
  using callback = std::function<void(const caf::error& reason)>;

  /// The subtype of tokens that find the notices of a watcher by its address.
  static constexpr size_t token_type = 0xac;

  end_notice(const void* watcher, callback fun)
    : watcher_(watcher), fun_(std::move(fun)) {
    // nop
  }

  ~end_notice() override {
    if (reason_)
      fun_(*reason_);
  }

  void actor_exited(const caf::error& reason, caf::scheduler*) override {
    reason_ = reason;
  }

  bool matches(const caf::attachable::token& what) override {
    return what.subtype == token_type && what.ptr == watcher_;
  }

private:
  const void* watcher_;
  callback fun_;
  std::optional<caf::error> reason_;
};

#endif

/// Calls `fun(reason)` on the thread on which `whom` ends, once its state is
/// destroyed; at once where it has ended already.
template <class F>
void when_gone(caf::abstract_actor& whom, F fun) {
#if CAF_MAJOR_VERSION < 1
  whom.attach_functor(std::move(fun));
#else
  whom.attach(std::make_unique<end_notice>(nullptr, std::move(fun)));
#endif
}

/// The actors that `Self`, a scheduled actor, watches, each with what to do
/// when it has ended and its state is destroyed. Belongs to the watching actor;
/// only its handlers use it.
template <class Self>
class monitors {
public:
  using callback = std::function<void(const caf::error& reason)>;

#if CAF_MAJOR_VERSION < 1
  explicit monitors(Self* self) : self_(self) {
    self->set_down_handler(
      [this](caf::down_msg& msg) { ended(msg.source, msg.reason); });
  }
#else
  explicit monitors(Self* self) : self_(self) {
    // nop
  }
#endif

  /// Calls `fun` once after `whom` has ended, at once if it has already. An
  /// actor is watched once; later calls replace the callback.
  void watch(const caf::strong_actor_ptr& whom, callback fun) {
    if (watched_.insert_or_assign(whom->address(), std::move(fun)).second)
      monitor(whom);
  }

  /// Stops watching `whom`; its callback will not run any more.
  void unwatch(const caf::strong_actor_ptr& whom) {
    if (watched_.erase(whom->address()) > 0)
      demonitor(whom);
  }

private:
  void ended(const caf::actor_addr& whom, const caf::error& reason) {
    if (auto found = watched_.extract(whom))
      found.mapped()(reason);
  }

#if CAF_MAJOR_VERSION < 1
  void monitor(const caf::strong_actor_ptr& whom) {
    self_->monitor(whom);
  }

  void demonitor(const caf::strong_actor_ptr& whom) {
    self_->demonitor(whom->address());
  }
#else
  void monitor(const caf::strong_actor_ptr& whom) {
    auto tell = [this, me = caf::actor_addr{self_->address()},
                 whom = whom->address()](const caf::error& reason) {
      auto hdl = caf::actor_cast<caf::strong_actor_ptr>(me);
      if (hdl == nullptr)
        return;
      // Runs as a handler of `self_`, or never.
      auto act
        = caf::make_action([this, whom, reason] { ended(whom, reason); });
      hdl->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(),
                                             std::move(act)),
                   nullptr);
    };
    whom->get()->attach(std::make_unique<end_notice>(this, std::move(tell)));
  }

  void demonitor(const caf::strong_actor_ptr& whom) {
    whom->get()->detach({end_notice::token_type, this});
  }
#endif

  Self* self_;
  std::map<caf::actor_addr, callback> watched_;
};

/// Makes `fun(caf::exit_msg&)` decide what an exit message does to `self`.
/// Messages with `exit_reason::kill` never get there.
template <class Self, class F>
void set_exit_handler(Self* self, F fun) {
#if CAF_MAJOR_VERSION < 1
  self->set_exit_handler(std::move(fun));
#else
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  self->set_exit_handler(std::move(fun));
#  pragma GCC diagnostic pop
#endif
}

} // namespace actor_cache::detail
