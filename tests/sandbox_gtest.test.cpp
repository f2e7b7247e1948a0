// The test kit without Catch2: a suite of GoogleTest's, as its users write it.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/testing/sandbox.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <gtest/gtest.h>

#include <memory>

using namespace std::literals;
using namespace actor_cache;

namespace {

/// The application under test.
struct application {
  application() : system(config) {
    auto started = start_supervisor(system, {cache_spec{.name = "users",
                                                        .sandbox = true}});
    if (!started)
      ADD_FAILURE() << message_of(started.error());
  }

  caf::actor_system_config config;
  caf::actor_system system;
};

std::unique_ptr<application> running_app;

/// Starts the application before the first test and ends it after the last: its
/// actor system must end before `main` does.
class app_environment : public ::testing::Environment {
public:
  void SetUp() override {
    running_app = std::make_unique<application>();
  }

  void TearDown() override {
    running_app = nullptr;
  }
};

application& app() {
  return *running_app;
}

class UserTest : public ::testing::Test {
protected:
  actor_cache::testing::sandboxed box{app().system, {"users"s}};
  cache<int> users
    = actor_cache::testing::require(cache<int>::find(app().system, "users"));
};

} // namespace

TEST_F(UserTest, BeginsEmpty) {
  EXPECT_EQ(*users.size(), 0u);
  EXPECT_TRUE(users.put("key", 1));
}

TEST_F(UserTest, BeginsEmptyEachTime) {
  EXPECT_EQ(*users.size(), 0u);
  EXPECT_TRUE(users.put("key", 2, 30s));
  box.advance(30s);
  EXPECT_FALSE(users.get("key")->has_value());
  EXPECT_TRUE(box.require_empty());
}

TEST(StrangerTest, IsRefused) {
  auto users
    = actor_cache::testing::require(cache<int>::find(app().system, "users"));
  EXPECT_EQ(users.get("key").error(), errc::no_sandbox);
}

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(
    new app_environment); // GoogleTest owns it
  return RUN_ALL_TESTS();
}
