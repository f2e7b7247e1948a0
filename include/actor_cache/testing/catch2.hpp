#pragma once

#include "actor_cache/testing/sandbox.hpp"

#include <caf/scoped_actor.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>

namespace actor_cache::testing {

/// Whether a test fails that leaves entries in its caches.
enum class leftovers { allowed, refused };

/// The fixture of tests that have caches of their own. An application derives
/// one with its system and the caches that most of its tests want
/// (ElixirCache: `Cache.CaseTemplate`):
///
///     struct app_case : actor_cache::testing::sandbox_case {
///       app_case() : sandbox_case{app::system(), {"users", "sessions"}} {}
///     };
///
/// and each test says `TEST_CASE_METHOD(app_case, "...")`. Each section begins
/// with fresh caches.
class sandbox_case {
public:
  template <class Caches>
  sandbox_case(caf::actor_system& system, const Caches& caches,
               leftovers left = leftovers::allowed)
    : box(system, caches), self(system), left_(left) {
    require(box.allow(self));
  }

  sandbox_case(caf::actor_system& system,
               std::initializer_list<std::string> caches,
               leftovers left = leftovers::allowed)
    : sandbox_case(system, std::vector<std::string>{caches}, left) {
    // nop
  }

  sandbox_case(const sandbox_case&) = delete;

  sandbox_case& operator=(const sandbox_case&) = delete;

  ~sandbox_case() {
    if (left_ == leftovers::allowed || std::uncaught_exceptions() > 0)
      return;
    if (auto empty = box.require_empty(); !empty)
      FAIL_CHECK(message_of(empty.error()));
  }

  /// The caches of this test.
  sandboxed box;

  /// An actor of this test, for messages.
  caf::scoped_actor self;

private:
  leftovers left_;
};

/// A string as an argument of a template.
template <size_t N>
struct fixed_string {
  constexpr fixed_string(const char (&text)[N]) {
    std::copy_n(text, N, value);
  }

  char value[N];
};

/// A fixture with more caches than `Base` has, for the tests of one file:
///
///     using order_case = actor_cache::testing::with_caches<app_case,
///     "orders">;
template <class Base, fixed_string... Names>
class with_caches : public Base {
public:
  with_caches() {
    (require(this->box.add(Names.value)), ...);
  }
};

} // namespace actor_cache::testing
