#include "../adapters/con_cache/lock_table.hpp"

#include "support/world.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <map>
#include <random>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

using con_cache_store::lock_table;

errc code_of(const caf::error& err) {
  if (err.empty())
    return errc::none;
  REQUIRE(err.category() == caf::type_id_v<errc>);
  return static_cast<errc>(err.code());
}

} // namespace

TEST_CASE("locks answer like a map of owners through random calls",
          "[con_cache]") {
  std::mt19937 random{GENERATE(1u, 2u, 3u)};
  lock_table locks;
  struct held {
    lock_table::owner who;
    int depth;
  };
  std::map<std::string, held> model;
  std::vector<lock_table::owner> owners;
  for (int i = 0; i < 4; ++i)
    owners.push_back(lock_table::new_owner());
  auto before = lock_table::this_owner();
  for (int step = 0; step < 5000; ++step) {
    auto who = owners[random() % owners.size()];
    auto key = std::to_string(random() % 6);
    auto i = model.find(key);
    if (random() % 2 == 0) {
      lock_table::act_for(who);
      auto got = code_of(locks.lock(key, 0s));
      auto mine = i == model.end() || i->second.who == who;
      REQUIRE(got == (mine ? errc::none : errc::timeout));
      if (mine)
        ++model.try_emplace(key, held{who, 0}).first->second.depth;
    } else {
      locks.unlock(key, who); // of no effect where it is not the holder's
      if (i != model.end() && i->second.who == who && --i->second.depth == 0)
        model.erase(i);
    }
    REQUIRE(locks.size() == model.size());
  }
  lock_table::act_for(before);
}

TEST_CASE("one owner at a time has a lock", "[con_cache]") {
  lock_table locks;
  constexpr int rounds = 2000;
  int counts[3] = {};
  on_threads(4, [&](size_t index) {
    std::mt19937 random{static_cast<uint32_t>(index)};
    for (int round = 0; round < rounds; ++round) {
      auto which = random() % 3;
      auto key = std::to_string(which);
      if (!locks.lock(key, 1h).empty())
        fail("no lock");
      ++counts[which];
      locks.unlock(key, lock_table::this_owner());
    }
  });
  CHECK(counts[0] + counts[1] + counts[2] == 4 * rounds);
  CHECK(locks.size() == 0);
  CHECK(locks.waiting() == 0);
}

TEST_CASE("of owners that would wait for each other one is refused at once",
          "[con_cache]") {
  auto count = GENERATE(size_t{2}, size_t{3}, size_t{5});
  lock_table locks;
  std::atomic<size_t> ready{0};
  std::atomic<size_t> refused{0};
  on_threads(count, [&](size_t index) {
    auto mine = std::to_string(index);
    auto next = std::to_string((index + 1) % count);
    if (!locks.lock(mine, 1h).empty())
      fail("no lock");
    ++ready;
    wait_until([&] { return ready == count; });
    auto err = locks.lock(next, 1h);
    if (err.empty())
      locks.unlock(next, lock_table::this_owner());
    else if (err == errc::deadlock)
      ++refused;
    else
      fail(to_string(err));
    locks.unlock(mine, lock_table::this_owner());
  });
  CHECK(refused == 1);
  CHECK(locks.size() == 0);
}

TEST_CASE("nested locks of different keys in random order end", "[con_cache]") {
  lock_table locks;
  std::atomic<size_t> taken{0};
  on_threads(4, [&](size_t index) {
    std::mt19937 random{static_cast<uint32_t>(index)};
    for (int round = 0; round < 1000; ++round) {
      std::vector<std::string> held;
      for (int depth = 0; depth < 3; ++depth) {
        auto key = std::to_string(random() % 5);
        auto err = locks.lock(key, 1h);
        if (!err.empty()) {
          if (err != errc::deadlock)
            fail(to_string(err));
          break;
        }
        held.push_back(key);
      }
      taken += held.size();
      for (const auto& key : held)
        locks.unlock(key, lock_table::this_owner());
    }
  });
  CHECK(taken > 0);
  CHECK(locks.size() == 0);
  CHECK(locks.waiting() == 0);
}

TEST_CASE("who waits gets the lock in turn, and who gives up does not",
          "[con_cache]") {
  lock_table locks;
  REQUIRE(locks.lock("key", 0s).empty());
  std::vector<int> order;
  auto first = lock_table::new_owner();
  auto second = lock_table::new_owner();
  auto third = lock_table::new_owner();
  locks.lock_later("key", first, [&] { order.push_back(1); });
  locks.lock_later("key", second, [&] { order.push_back(2); });
  locks.lock_later("key", third, [&] { order.push_back(3); });
  CHECK(locks.waiting() == 3);
  CHECK(locks.give_up("key", second));
  CHECK_FALSE(locks.give_up("key", second));
  locks.unlock("key", lock_table::this_owner());
  CHECK(order == std::vector{1});
  CHECK_FALSE(locks.give_up("key", first));
  locks.unlock("key", first);
  CHECK(order == std::vector{1, 3});
  locks.unlock("key", third);
  CHECK(locks.size() == 0);
}

TEST_CASE("a wait for a lock ends with its time", "[con_cache]") {
  lock_table locks;
  locks.lock_later("key", lock_table::new_owner(), [] {});
  auto err = locks.lock("key", 1ms);
  CHECK(code_of(err) == errc::timeout);
  CHECK(message_of(err).find("key 'key'") != std::string::npos);
  CHECK(message_of(err).find("1 ms") != std::string::npos);
  CHECK(locks.waiting() == 0);
}

TEST_CASE("who does not wait hears that a lock is taken, and of no circle",
          "[con_cache]") {
  lock_table table;
  auto other = lock_table::new_owner();
  table.lock_later("a", other, [] {});
  REQUIRE(table.lock("b", 1h).empty());
  table.lock_later("b", other, [] {});
  CHECK(table.lock("a", 0s) == errc::timeout);
  CHECK(table.lock("a", 1h) == errc::deadlock);
  table.unlock("b", lock_table::this_owner());
}
