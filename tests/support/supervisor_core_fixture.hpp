#pragma once

#include "rules.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <utility>

// What tests of the rules of a supervisor have in common.

namespace actor_cache::test {

inline supervisor_options with(restart_strategy strategy) {
  return {.strategy = strategy};
}

/// Starts "a", "b" and "c".
inline void start_three(rules& r, restart_type type = restart_type::permanent) {
  REQUIRE(
    r.core()
      .start({pretended("a", type), pretended("b", type), pretended("c", type)})
      .empty());
  CHECK(r.events() == "+a +b +c");
}

/// Takes the answer to a request.
struct answer {
  std::optional<caf::error> err;

  detail::supervisor_core::on_done done() {
    return [this](caf::error x) { err = std::move(x); };
  }

  detail::supervisor_core::on_child child() {
    return [this](caf::expected<child_info> x) {
      err = x ? caf::error{} : std::move(x.error());
    };
  }
};

} // namespace actor_cache::test
