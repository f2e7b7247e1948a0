// Accounts that several tellers change at once. A transfer touches two of them,
// and its steps belong together: a section under the locks of both keys keeps
// others out. Whoever takes the locks in the wrong order is told so instead of
// waiting for ever.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/con_cache.hpp"

#include "support/must.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace examples;

using actor_cache::con_cache;
using actor_cache::errc;

struct account {
  int balance = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(balance);
  }
};

using account_cache = actor_cache::cache<account, con_cache>;

int balance_of(const account_cache& accounts, const std::string& who) {
  return must(accounts.get(who)).value_or(account{}).balance;
}

/// Moves money in steps that must not be seen, or mixed with others.
caf::expected<void> transfer(const account_cache& accounts,
                             const std::string& from, const std::string& to,
                             int amount) {
  return accounts.isolated(from, [&] {
    return accounts.isolated(to, [&]() -> caf::expected<void> {
      auto left = balance_of(accounts, from) - amount;
      if (left < 0)
        return make_error(errc::invalid_argument, from + " has too little");
      must(accounts.put(from, {left}));
      must(accounts.put(to, {balance_of(accounts, to) + amount}));
      return {};
    });
  });
}

/// Moves money to and fro on four threads; a transfer that would have got stuck
/// is made again.
int run_tellers(const account_cache& accounts) {
  std::atomic<int> made_again = 0;
  std::vector<std::jthread> tellers;
  for (auto teller = 0; teller < 4; ++teller)
    tellers.emplace_back([&, teller] {
      auto from = teller % 2 == 0 ? "ada" : "bob";
      auto to = teller % 2 == 0 ? "bob" : "ada";
      for (auto n = 0; n < 1000; ++n)
        for (;;) {
          auto done = transfer(accounts, from, to, 1);
          if (done || done.error() != errc::deadlock)
            break;
          ++made_again;
        }
    });
  tellers.clear(); // waits for them
  return made_again;
}

} // namespace

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    // Told of each change, on a thread of the cache's own.
    std::atomic<int> changes = 0;
    actor_cache::con_cache_options options{.dirty = false};
    options.on_event = [&](const actor_cache::cache_event&) { ++changes; };
    auto supervisor = must(actor_cache::start_supervisor(
      system,
      {actor_cache::cache_spec{.name = "accounts", .adapter = options}}));
    auto accounts = must(account_cache::find(system, "accounts"));
    must(accounts.put("ada", {5000}));
    must(accounts.put("bob", {5000}));
    auto made_again = run_tellers(accounts);
    fmt::print("ada and bob have {} together\n",
               balance_of(accounts, "ada") + balance_of(accounts, "bob"));
    fmt::print("transfers that would have got stuck were made again: {}\n",
               made_again > 0 ? "some" : "none were needed");
    auto bonus = accounts.update_existing("ada", [](account x) {
      x.balance += 100;
      return x;
    });
    fmt::print("with a bonus: {}\n",
               must(std::move(bonus)).balance + balance_of(accounts, "bob"));
    auto refused = transfer(accounts, "ada", "bob", 1'000'000);
    fmt::print("refused: {}\n", actor_cache::message_of(refused.error()));
    must(actor_cache::stop_supervisor(system, supervisor));
    fmt::print("the auditor was told of {} changes\n", changes.load());
  } catch (const std::exception& ex) {
    fmt::print(stderr, "10_account_update: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}
