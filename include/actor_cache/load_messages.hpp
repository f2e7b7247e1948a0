#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/detail/message.hpp"
#include "actor_cache/load_options.hpp"
#include "actor_cache/results.hpp"
#include "actor_cache/term.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <string>
#include <tuple>

/// The messages about values that the sender can load itself.
namespace actor_cache::msg {

/// Asks for a value that the sender can load if it has to: the answer is the
/// value, or a lease. While one actor holds the lease of a key the others wait.
struct acquire {
  using result = lease;
  std::string key;
  load_options options = {};
  static constexpr auto fields = std::tuple{
    detail::field{"key", &acquire::key},
    detail::field{"options", &acquire::options},
  };
};

/// Waits for the end of the load that a lease is for; returns what the key has
/// then, or the error of the load.
struct await_load {
  using result = term;
  uint64_t lease = 0;
  static constexpr auto fields = std::tuple{
    detail::field{"lease", &await_load::lease},
  };
};

/// Ends a lease with the value; returns what the key has now.
struct fulfil {
  using result = term;
  static constexpr auto method = &detail::engine::fulfil;
  uint64_t lease = 0;
  term value;
  load_options options = {};
  static constexpr auto fields = std::tuple{
    detail::field{"lease", &fulfil::lease},
    detail::field{"value", &fulfil::value},
    detail::field{"options", &fulfil::options},
  };
};

/// Ends a lease with an error; returns a stale value where the options allow
/// one, else the error.
struct abandon {
  using result = term;
  static constexpr auto method = &detail::engine::abandon;
  uint64_t lease = 0;
  caf::error reason;
  load_options options = {};
  static constexpr auto fields = std::tuple{
    detail::field{"lease", &abandon::lease},
    detail::field{"reason", &abandon::reason},
    detail::field{"options", &abandon::options},
  };
};

} // namespace actor_cache::msg
