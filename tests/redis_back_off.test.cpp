// The waits between attempts to connect.

#include "support/world.hpp"

#include "../adapters/redis/back_off.hpp"
#include "../adapters/redis/connection.hpp"

#include <catch2/catch_get_random_seed.hpp>

#include <algorithm>
#include <mutex>
#include <random>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;

TEST_CASE("each wait is twice the one before, up to the longest",
          "[redis back-off]") {
  back_off delays{50ms, 1s};
  for (auto wait : {50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms})
    CHECK(delays.next(0.0) == wait);
  SECTION("and all begins again after a success") {
    delays.reset();
    for (auto wait : {50ms, 100ms, 200ms})
      CHECK(delays.next(0.0) == wait);
  }
}

TEST_CASE("a random share of up to a quarter is taken off each wait",
          "[redis back-off]") {
  back_off delays{100ms, 400ms};
  CHECK(delays.next(0.5) == 87'500us);
  CHECK(delays.next(1.0) == 150ms); // of 200, not of what the last one was
  CHECK(delays.next(0.25) == 375ms);
  CHECK(delays.next(0.0) == 400ms);
}

TEST_CASE("no wait leaves its bounds, whatever the dice say",
          "[redis back-off]") {
  std::minstd_rand random{Catch::getSeed()};
  std::uniform_real_distribution<double> dice;
  for (auto round = 0; round < 1000; ++round) {
    auto first = timespan{1 + random() % 1'000'000'000};
    auto longest = first + timespan{random() % 1'000'000'000'000};
    back_off delays{first, longest};
    auto full = first;
    for (auto attempt = 0; attempt < 50; ++attempt) {
      auto wait = delays.next(dice(random));
      REQUIRE(wait <= full);
      REQUIRE(wait >= full / 4 * 3);
      full = std::min(full * 2, longest);
    }
  }
}

TEST_CASE("the longest options do not overflow", "[redis back-off]") {
  back_off delays{24h, 24h};
  CHECK(delays.next(0.0) == 24h);
  CHECK(delays.next(0.0) == 24h);
  back_off endless{timespan::max() / 2, timespan::max()};
  for (auto dice : {0.0, 1.0, 0.0, 1.0})
    CHECK(endless.next(dice) > timespan::max() / 4);
}

TEST_CASE("a connection waits as long between two attempts as it should",
          "[redis back-off]") {
  std::mutex mtx;
  std::vector<real_time> attempts;
  auto nowhere
    = [&](const interruption&) -> caf::expected<redis_wire::address> {
    std::lock_guard guard{mtx};
    attempts.push_back(real_clock::now());
    return make_error(errc::unavailable, "there is no server");
  };
  dial_settings dial{{}, nullptr, std::make_shared<manual_clock>(), 60s};
  connection link{{nowhere, dial, 60s, 4ms, 16ms}};
  link.start();
  wait_until([&] {
    std::lock_guard guard{mtx};
    return attempts.size() >= 6;
  });
  link.stop();
  // How much longer a wait took is for the machine to say.
  auto least = 3ms;
  for (size_t index = 1; index < 6; ++index) {
    CHECK(attempts[index] - attempts[index - 1] >= least);
    least = std::min(least * 2, 12ms);
  }
}
