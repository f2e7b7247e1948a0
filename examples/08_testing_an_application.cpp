// A small shop and its test suite: services as actors, two caches, and tests
// that run at the same time and use the same keys.
//
// The first half is the application. It knows nothing of tests, except that its
// configuration says whether the caches are sandboxed (`shop_config::test`).

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/testing/sandbox.hpp"

#include "support/mail.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <future>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using actor_cache::cache;
using actor_cache::cache_spec;

// -- the application ----------------------------------------------------------

enum class mode { production, test };

/// Prices by product, and what lies in the cart of each customer, in cents.
std::vector<actor_cache::child_spec> shop_caches(mode how) {
  auto sandbox = how == mode::test;
  return {
    cache_spec{.name = "prices", .default_ttl = 10min, .sandbox = sandbox},
    cache_spec{.name = "carts",
               .adapter = actor_cache::agent_options{},
               .sandbox = sandbox},
  };
}

/// Adds a product to a customer's cart and answers what the cart is worth.
caf::behavior cart_service(caf::event_based_actor* self, cache<int> prices,
                           cache<int> carts) {
  return {
    [=](const std::string& customer, const std::string& product) {
      auto answer = self->make_response_promise<int>();
      auto fail = [=](const caf::error& reason) mutable {
        answer.deliver(reason);
      };
      auto look_up_in_catalogue = [] { return 250; }; // a database, in earnest
      prices.async(self)
        .get_or_create(product, look_up_in_catalogue)
        .then(
          [=](int price) mutable {
            carts.async(self)
              .increment(customer, price)
              .then([=](int sum) mutable { answer.deliver(sum); }, fail);
          },
          fail);
      return answer;
    },
  };
}

// -- its test suite -----------------------------------------------------------

using actor_cache::testing::require;

/// What each test of the suite begins with: the one line is that of `box`.
struct shop_test {
  explicit shop_test(caf::actor_system& system)
    : box{system, {"prices", "carts"}},
      prices(require(cache<int>::find(system, "prices"))),
      carts(require(cache<int>::find(system, "carts"))),
      service(box.spawn(cart_service, prices, carts)),
      self(system) {
    // nop
  }

  ~shop_test() {
    caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  }

  caf::expected<int> add(std::string customer, std::string product) {
    caf::expected<int> result{caf::error{}};
    examples::ask(self, service, 10s, std::move(customer), std::move(product))
      .receive([&](int sum) { result = sum; },
               [&](caf::error& reason) { result = std::move(reason); });
    return result;
  }

  actor_cache::testing::sandboxed box;
  cache<int> prices;
  cache<int> carts;
  caf::actor service;
  caf::scoped_actor self;
};

bool a_cart_sums_up(caf::actor_system& system) {
  shop_test t{system};
  return t.add("ada", "gear") == 250 && t.add("ada", "gear") == 500
         && t.add("bob", "gear") == 250;
}

bool a_price_is_looked_up_once(caf::actor_system& system) {
  using actor_cache::access;
  shop_test t{system};
  return t.add("ada", "gear") == 250 && t.add("ada", "gear") == 500
         && t.box.keys(access::put, "prices")
              == std::vector<std::string>{"gear"};
}

bool a_known_price_is_used(caf::actor_system& system) {
  shop_test t{system};
  require(t.prices.put("gear", 199));
  return t.add("ada", "gear") == 199;
}

bool a_price_is_looked_up_again_after_ten_minutes(caf::actor_system& system) {
  shop_test t{system};
  require(t.prices.put("gear", 199));
  t.box.advance(10min);
  return t.add("ada", "gear") == 250;
}

bool a_failure_of_the_cache_reaches_the_customer(caf::actor_system& system) {
  shop_test t{system};
  t.box.fail_next(actor_cache::errc::unavailable, "carts");
  auto failed = t.add("ada", "gear");
  return !failed && failed.error() == actor_cache::errc::unavailable
         && t.add("ada", "gear") == 250;
}

struct test_case {
  const char* name;
  bool (*run)(caf::actor_system&);
};

constexpr test_case suite[] = {
  {"a cart sums up", a_cart_sums_up},
  {"a price is looked up once", a_price_is_looked_up_once},
  {"a known price is used", a_known_price_is_used},
  {"a price is looked up again after ten minutes",
   a_price_is_looked_up_again_after_ten_minutes},
  {"a failure of the cache reaches the customer",
   a_failure_of_the_cache_reaches_the_customer},
};

/// Runs all tests at the same time, each on a thread of its own.
int run_suite(caf::actor_system& system) {
  std::vector<std::future<bool>> results;
  for (const auto& x : suite)
    results.push_back(std::async(std::launch::async, [&] {
      try {
        return x.run(system);
      } catch (const std::exception& ex) {
        std::cerr << x.name << ": " << ex.what() << "\n";
        return false;
      }
    }));
  auto failures = 0;
  for (size_t index = 0; index < results.size(); ++index) {
    auto passed = results[index].get();
    failures += passed ? 0 : 1;
    std::cout << (passed ? "passed: " : "FAILED: ") << suite[index].name
              << "\n";
  }
  return failures;
}

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto shop = actor_cache::start_supervisor(system, shop_caches(mode::test));
  if (!shop) {
    std::cerr << actor_cache::message_of(shop.error()) << "\n";
    return EXIT_FAILURE;
  }
  auto failures = run_suite(system);
  // Whoever is no test has no data to spoil.
  auto carts = require(cache<int>::find(system, "carts"));
  std::cout << "a stranger: "
            << actor_cache::message_of(carts.get("ada").error()) << "\n";
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
