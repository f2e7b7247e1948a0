// A shop under load that can be looked at: its caches and supervisors in the
// browser, and its metrics as Prometheus reads them. One of its caches crashes
// every few seconds. Runs until Ctrl-C, or for as many seconds as it is told.
//
// usage: 15_live_page [seconds [port [token]]]

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/counter.hpp"
#include "actor_cache/telemetry.hpp"
#include "actor_cache/telemetry/live_page.hpp"

#include "support/must.hpp"
#include "support/popularity.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace examples;
using namespace std::literals;

using actor_cache::cache_spec;
using actor_cache::child_spec;
using actor_cache::errc;

using text_cache = actor_cache::cache<std::string>;
using visit_counter = actor_cache::cache<int64_t, actor_cache::counter>;

std::vector<child_spec> shop() {
  actor_cache::supervisor_spec checkout{
    {cache_spec{.name = "baskets",
                .adapter = actor_cache::agent_options{},
                .sweep_interval = 500ms},
     cache_spec{.name = "prices",
                .adapter = actor_cache::ets_options{.compressed = true}}},
    {.strategy = actor_cache::restart_strategy::rest_for_one}};
  return {cache_spec{.name = "products", .default_ttl = 2s},
          cache_spec{.name = "visits",
                     .adapter = actor_cache::counter_options{}},
          child_spec{"checkout", std::move(checkout)}};
}

/// A customer asks for what others ask for as well, now more often, now less.
class customer {
public:
  customer(caf::actor_system& system, uint64_t seed)
    : products_(must(text_cache::find(system, "products"))),
      prices_(must(text_cache::find(system, "prices"))),
      baskets_(must(text_cache::find(system, "baskets"))),
      visits_(must(visit_counter::find(system, "visits"))),
      wanted_(names(), seed) {
    // nop
  }

  void run(const std::stop_token& stop) {
    for (auto round = 0; !stop.stop_requested(); ++round) {
      for (auto visit = 0; visit < 20 + round / 100 % 5 * 15; ++visit)
        shop_for(wanted_.draw());
      std::this_thread::sleep_for(10ms);
    }
  }

private:
  static std::vector<std::string> names() {
    std::vector<std::string> result;
    for (auto number = 0; number < 2000; ++number)
      result.push_back(fmt::format("product:{}", number));
    return result;
  }

  /// Calls that fail are what the metrics are there for.
  void shop_for(const std::string& what) {
    static_cast<void>(visits_.count(what));
    static_cast<void>(
      products_.get_or_create(what, [&] { return look_up(what); }));
    if (auto price = prices_.get(what); price && !*price)
      static_cast<void>(prices_.put(what, "12 EUR", 500ms));
    if (++visits_made_ % 8 == 0)
      static_cast<void>(baskets_.put(what, "1 piece", 5s));
  }

  caf::expected<std::string> look_up(const std::string& what) const {
    if (visits_made_ % 200 == 0)
      return make_error(errc::unavailable, "the supplier does not answer");
    return "all about " + what;
  }

  text_cache products_;
  text_cache prices_;
  text_cache baskets_;
  visit_counter visits_;
  popularity wanted_;
  uint64_t visits_made_ = 0;
};

/// Ends the actor of a cache now and then; its supervisor starts another one.
void make_trouble(const actor_cache::address& at, const std::stop_token& stop) {
  for (auto round = 1; !stop.stop_requested(); ++round) {
    std::this_thread::sleep_for(100ms);
    if (round % 80 == 0)
      if (auto current = at.current(1s))
        caf::anon_send_exit(*current, caf::exit_reason::kill);
  }
}

/// Signals that end the program; blocked, so that only `wait` takes them.
sigset_t ending_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &result, nullptr);
  return result;
}

/// @param seconds 0 to wait for a signal alone
void wait(const sigset_t& signals, int seconds) {
  if (seconds == 0) {
    auto ignored = 0;
    sigwait(&signals, &ignored);
    return;
  }
  timespec limit{seconds, 0};
  sigtimedwait(&signals, nullptr, &limit);
}

struct arguments {
  int seconds = 0;
  uint16_t port = 0;
  std::string token;
};

void run(caf::actor_system& system, const arguments& what,
         const sigset_t& signals) {
  auto supervisor
    = must(actor_cache::start_supervisor(system, shop(), {.name = "shop"}));
  if (auto err = actor_cache::telemetry::start_metrics(system); !err.empty())
    throw std::runtime_error{actor_cache::message_of(err)};
  {
    auto page = must(actor_cache::telemetry::serve_live_page(
      system, {.port = what.port, .token = what.token, .title = "shop"}));
    fmt::print("the page: {}{}\n", page.url(),
               what.token.empty() ? "" : "?token=" + what.token);
    fmt::print("the metrics: http://127.0.0.1:{}/metrics\n",
               system.middleman().prometheus_scraping_port());
    std::fflush(stdout);
    std::vector<std::jthread> threads;
    for (uint64_t seed = 1; seed <= 2; ++seed)
      threads.emplace_back(
        [who = customer{system, seed}](const std::stop_token& stop) mutable {
          who.run(stop);
        });
    auto baskets
      = must(actor_cache::address::find(system, "shop/checkout/baskets"));
    threads.emplace_back(
      [baskets](const std::stop_token& stop) { make_trouble(baskets, stop); });
    wait(signals, what.seconds);
  }
  auto products = must(text_cache::find(system, "products"));
  fmt::print("products were asked for {}\n",
             must(products.stats()).hits > 0 ? "a lot" : "never");
  must(actor_cache::stop_supervisor(system, supervisor));
}

} // namespace

int main(int argc, char** argv) {
  auto signals = ending_signals();
  caf::core::init_global_meta_objects();
  caf::io::middleman::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  arguments what;
  if (argc > 1)
    what.seconds = std::atoi(argv[1]);
  if (argc > 2)
    what.port = static_cast<uint16_t>(std::atoi(argv[2]));
  if (argc > 3)
    what.token = argv[3];
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  config.set("caf.middleman.prometheus-http.address", "127.0.0.1");
  config.set("caf.middleman.prometheus-http.port", uint16_t{0});
  caf::actor_system system{config};
  try {
    run(system, what, signals);
    return EXIT_SUCCESS;
  } catch (const std::exception& ex) {
    fmt::print(stderr, "15_live_page: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}
