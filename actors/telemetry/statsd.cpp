#include "actor_cache/telemetry/statsd.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/errc.hpp"

#include "../cache_registry.hpp"
#include "collector.hpp"
#include "statsd_text.hpp"
#include "udp_socket.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace actor_cache::telemetry {

namespace {

/// Datagrams are sent in portions, a tenth of what a second may have each.
constexpr timespan portion_interval = std::chrono::milliseconds{100};

size_t portion_of(const statsd_options& options) {
  return std::max<size_t>(options.max_datagrams_per_second / 10, 1);
}

/// The caches of the actor system, and the actor that they live as long as.
struct cache_source {
  caf::weak_actor_ptr keeper;
  const detail::cache_registry* caches;
};

class statsd_state {
public:
  static inline const char* name = "actor_cache.statsd";

  statsd_state(caf::event_based_actor* self, cache_source from,
               statsd_options options, std::shared_ptr<udp_socket> to)
    : self_(self),
      from_(std::move(from)),
      options_(std::move(options)),
      text_(options_),
      to_(std::move(to)) {
    // nop
  }

  caf::behavior make_behavior() {
    schedule_report();
    return {
      [this](caf::tick_atom) {
        report();
        schedule_report();
      },
      [this](caf::put_atom) { send_portion(); },
      [this](caf::flush_atom) {
        report();
        return counts_;
      },
      [this](caf::get_atom) { return counts_; },
    };
  }

private:
  void schedule_report() {
    detail::delayed_anon_send(caf::actor{self_}, options_.interval,
                              caf::tick_atom_v);
  }

  void report() {
    auto keeper = caf::actor_cast<caf::strong_actor_ptr>(from_.keeper);
    if (keeper == nullptr || from_.caches->closed())
      return; // the actor system ends
    // What the last report has left over comes too late now.
    counts_.dropped += waiting_.size();
    waiting_.clear();
    for (auto& x : text_.report(detail::figures_of(*from_.caches)))
      waiting_.push_back(std::move(x));
    ++counts_.reports;
    if (!sending_)
      send_portion();
  }

  void send_portion() {
    auto most = portion_of(options_);
    for (size_t n = 0; n < most && !waiting_.empty(); ++n) {
      ++(to_->send(waiting_.front()) ? counts_.datagrams : counts_.dropped);
      waiting_.pop_front();
    }
    sending_ = !waiting_.empty();
    if (sending_)
      detail::delayed_anon_send(caf::actor{self_}, portion_interval,
                                caf::put_atom_v);
  }

  caf::event_based_actor* self_;
  const cache_source from_;
  const statsd_options options_;
  statsd_text text_;
  std::shared_ptr<udp_socket> to_;
  std::deque<std::string> waiting_;
  bool sending_ = false;
  statsd_counts counts_;
};

class statsd_actor : public caf::event_based_actor {
public:
  statsd_actor(caf::actor_config& cfg, cache_source from,
               statsd_options options, std::shared_ptr<udp_socket> to)
    : caf::event_based_actor(cfg),
      state_(this, std::move(from), std::move(options), std::move(to)) {
    // nop
  }

  const char* name() const override {
    return statsd_state::name;
  }

  caf::behavior make_behavior() override {
    return state_.make_behavior();
  }

private:
  statsd_state state_;
};

caf::error invalid(std::string text) {
  return make_error(errc::invalid_argument,
                    "statsd_options::" + std::move(text));
}

} // namespace

caf::error statsd_options::validate() const {
  if (host.empty())
    return invalid("host is empty; accepted is a name or an address");
  if (port == 0)
    return invalid("port is 0; accepted is 1 to 65535");
  if (prefix.empty())
    return invalid("prefix is empty; accepted is any name");
  if (tags == statsd_tags::none && !constant_tags.empty())
    return invalid("constant_tags are set, but tags is none; accepted is "
                   "dogstatsd");
  if (interval <= timespan{0})
    return invalid(fmt::format("interval is {}; accepted is any duration above "
                               "0",
                               render(interval)));
  if (max_datagram_bytes < 64 || max_datagram_bytes > 65507)
    return invalid(fmt::format("max_datagram_bytes is {}; accepted is 64 to "
                               "65507",
                               max_datagram_bytes));
  if (max_datagrams_per_second == 0)
    return invalid("max_datagrams_per_second is 0; accepted is 1 or more");
  return {};
}

caf::expected<caf::actor> start_statsd_reporter(caf::actor_system& system,
                                                statsd_options options) {
  if (auto err = options.validate(); !err.empty())
    return err;
  auto opened = udp_socket::open(options.host, options.port);
  if (!opened)
    return std::move(opened.error());
  auto to = std::make_shared<udp_socket>(std::move(*opened));
  auto& caches = detail::cache_registry::of(system);
  cache_source from{caf::weak_actor_ptr{caches.ctrl()}, &caches};
  return caf::actor{system.spawn<statsd_actor, caf::hidden>(
    std::move(from), std::move(options), std::move(to))};
}

} // namespace actor_cache::telemetry
