#pragma once

#include "actor_cache/detail/message.hpp"

#include <caf/actor_control_block.hpp>

#include <set>
#include <string>
#include <tuple>
#include <vector>

/// The messages that the registry of the sandboxes answers.
namespace actor_cache::msg {

/// Gives an actor an instance of each of these caches of its own.
struct start_sandbox {
  using result = void;
  caf::strong_actor_ptr owner;
  std::vector<std::string> caches;
  static constexpr auto fields = std::tuple{
    detail::field{"owner", &start_sandbox::owner},
    detail::field{"caches", &start_sandbox::caches},
  };
};

/// Ends the sandbox that an actor belongs to.
struct stop_sandbox {
  using result = void;
  caf::strong_actor_ptr owner;
  static constexpr auto fields = std::tuple{
    detail::field{"owner", &stop_sandbox::owner},
  };
};

/// Adds an instance of a cache to the sandbox that an actor belongs to.
struct register_cache {
  using result = void;
  caf::strong_actor_ptr owner;
  std::string cache;
  static constexpr auto fields = std::tuple{
    detail::field{"owner", &register_cache::owner},
    detail::field{"cache", &register_cache::cache},
  };
};

/// Takes an instance away.
struct unregister_cache {
  using result = void;
  caf::strong_actor_ptr owner;
  std::string cache;
  static constexpr auto fields = std::tuple{
    detail::field{"owner", &unregister_cache::owner},
    detail::field{"cache", &unregister_cache::cache},
  };
};

/// Lets `child` call on behalf of whom `owner` belongs to.
struct allow {
  using result = void;
  caf::strong_actor_ptr child;
  caf::strong_actor_ptr owner;
  static constexpr auto fields = std::tuple{
    detail::field{"child", &allow::child},
    detail::field{"owner", &allow::owner},
  };
};

/// Returns the names of the caches in the sandbox that an actor belongs to.
struct find_sandbox {
  using result = std::set<std::string>;
  caf::strong_actor_ptr who;
  static constexpr auto fields = std::tuple{
    detail::field{"who", &find_sandbox::who},
  };
};

} // namespace actor_cache::msg
