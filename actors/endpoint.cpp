#include "actor_cache/detail/endpoint.hpp"

#include "actor_cache/detail/served_ops.hpp"
#include "actor_cache/errc.hpp"

#include "cache_registry.hpp"
#include "place.hpp"
#include "sandbox_front.hpp"
#include "scheduler_thread.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/spawn_options.hpp>

#include <fmt/format.h>

namespace actor_cache::detail {

endpoint::endpoint(caf::actor_system& system, engine_ptr cache)
  : system_(system),
    engine_(std::move(cache)),
    direct_(engine_->direct() ? engine_.get() : nullptr),
    front_(engine_->front()),
    indirect_(front_ != nullptr || engine_->traits().may_wait),
    name_(engine_->name()),
    call_timeout_(engine_->spec().call_timeout),
    answers_within_(front_ == nullptr && engine_->traits().suspends
                      ? call_timeout_
                      : timespan::max()),
    loading_(engine_->spec().loading) {
  address(timespan{0});
}

endpoint::endpoint(caf::actor_system& system, std::string name,
                   cache_actor remote)
  : system_(system), actor_(std::move(remote)), name_(std::move(name)) {
  // nop
}

endpoint_ptr endpoint::waiting(timespan patience) const {
  auto result = std::make_shared<endpoint>(*this);
  result->address(patience);
  return result;
}

endpoint_ptr endpoint::within(timespan timeout) const {
  auto result = std::make_shared<endpoint>(*this);
  result->call_timeout_ = timeout;
  return result;
}

std::string_view endpoint::adapter() const noexcept {
  return engine_ ? engine_->traits().name : std::string_view{"remote"};
}

void endpoint::address(timespan patience) {
  if (engine_ == nullptr || sandboxed())
    return;
  if (auto at = engine_->where())
    actor_ = caf::actor_cast<cache_actor>((*at)->address(patience));
}

caf::expected<cache_actor> endpoint::actor() const {
  if (sandboxed()) {
    auto hdl = front_->actor(*engine_);
    if (!hdl)
      return std::move(hdl.error());
    return caf::actor_cast<cache_actor>(*hdl);
  }
  if (engine_ != nullptr)
    if (auto err = engine_->check_running(); !err.empty())
      return err;
  return actor_;
}

engine_ref endpoint::route() const {
  if (front_ != nullptr)
    return front_->route(*engine_);
  return on_scheduler_thread() ? nullptr : direct_;
}

caf::error endpoint::translate(caf::error err) const {
  if (err.category() == caf::type_id_v<errc>)
    return err;
  auto explain = [&](errc code, std::string_view what) {
    return make_error(code, fmt::format("cache '{}': {} ({})", name_, what,
                                        to_string(err)));
  };
  if (err == caf::sec::request_timeout)
    return explain(errc::timeout, "no answer within the call's deadline");
  if (err == caf::sec::runtime_error)
    return explain(errc::exception, "its actor ended with an exception");
  if (err == caf::sec::request_receiver_down || err == caf::sec::broken_promise
      || err.category() == caf::type_id_v<caf::exit_reason>)
    return explain(errc::cache_not_running, "its actor ended before it could "
                                            "answer");
  return explain(errc::unavailable, "the request failed");
}

void endpoint::report_error(std::string_view operation,
                            const caf::error& what) const {
  if (engine_ != nullptr)
    engine_->report_error(operation, what);
}

caf::error endpoint::would_block() const {
  if (!on_scheduler_thread())
    return {};
  return make_error(errc::would_block,
                    fmt::format("cache '{}' answers by mail: a blocking call "
                                "would hold up the scheduler; call "
                                "async(self) in an actor",
                                name_));
}

template <message Op>
caf::expected<typename Op::result>
endpoint::ask(caf::scoped_actor& self, Op op, timespan timeout) const {
  using type = typename Op::result;
  auto hdl = actor();
  if (!hdl)
    return std::move(hdl.error());
  caf::expected<type> result{caf::error{}};
  auto failed = [&](caf::error& err) { result = translate(std::move(err)); };
  auto pending = request(self.ptr(), caf::actor_cast<actor_for<Op>>(*hdl),
                         timeout, std::move(op));
  if constexpr (std::is_void_v<type>)
    std::move(pending).receive([&] { result = caf::expected<void>{}; }, failed);
  else
    std::move(pending).receive([&](type& x) { result = std::move(x); }, failed);
  return result;
}

template <message Op>
caf::expected<typename Op::result> endpoint::ask(Op op) const {
  if (auto err = would_block(); !err.empty())
    return err;
  caf::scoped_actor self{system_, true};
  return ask(self, std::move(op), call_timeout_);
}

caf::expected<term> endpoint::load(caf::scoped_actor& self, uint64_t lease,
                                   const loader& make,
                                   const load_options& options) const {
  auto value = run_loader(make, name_);
  if (value)
    return ask(self, msg::fulfil{lease, std::move(*value), options},
               call_timeout_);
  return ask(self, msg::abandon{lease, std::move(value.error()), options},
             call_timeout_);
}

caf::expected<term> endpoint::get_or_create(std::string_view key,
                                            function_ref<loader()> make_loader,
                                            const load_options& options) const {
  if (auto err = would_block(); !err.empty())
    return err;
  auto self = std::make_shared<caf::scoped_actor>(system_, true);
  auto turn = ask(*self, msg::acquire{std::string{key}, options},
                  add_spans(options.wait_timeout, call_timeout_));
  if (!turn)
    return std::move(turn.error());
  if (turn->id == 0)
    return std::move(*turn->value);
  auto make = make_loader();
  if (!turn->value)
    return load(*self, turn->id, make, options);
  // A value to use now, and a newer one to load: the actor that has the lease
  // moves on to a thread of its own.
  system_.spawn<caf::detached + caf::hidden>(
    [at = shared_from_this(), self = std::move(self), id = turn->id,
     make = std::move(make),
     options] { static_cast<void>(at->load(*self, id, make, options)); });
  return std::move(*turn->value);
}

/// Names the blocking calls that handles make, so that they are compiled here
/// and once.
template <class List>
struct compiled_calls;

template <class... Ops>
struct compiled_calls<op_list<Ops...>> {
  static constexpr auto all = std::tuple{
    static_cast<caf::expected<typename Ops::result> (endpoint::*)(Ops) const>(
      &endpoint::ask<Ops>)...};
};

template struct compiled_calls<joined<simple_ops, capability_ops>::type>;

caf::expected<endpoint_ptr> find_endpoint(caf::actor_system& system,
                                          std::string_view name,
                                          std::string_view adapter) {
  auto found = find_engine(system, name);
  if (!found)
    return std::move(found.error());
  auto result = std::make_shared<const endpoint>(system, std::move(*found));
  if (!adapter.empty() && !result->sandboxed() && result->adapter() != adapter)
    return make_error(errc::invalid_argument,
                      fmt::format("cache '{}' has the adapter {}, not {}; take "
                                  "a handle without an adapter, or one for {}",
                                  name, result->adapter(), adapter,
                                  result->adapter()));
  return result;
}

} // namespace actor_cache::detail
