#pragma once

#include "actor_cache/types.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace actor_cache::telemetry {

struct live_page_options {
  /// The address to listen at: a numeric one, or "localhost". One that other
  /// machines may reach needs a token.
  std::string address = "127.0.0.1";

  /// 0 takes any that is free.
  uint16_t port = 0;

  /// What a visitor must know: `http://<address>/?token=<token>`, or the header
  /// `Authorization: Bearer <token>`. Empty lets everybody in. Letters, digits
  /// and "-._~" are accepted, as they need no quoting in an address.
  std::string token = {};

  /// How often a page asks for new figures. They are not gathered more often
  /// than twice in this time, however many visitors there are.
  timespan interval = std::chrono::seconds{1};

  /// How long supervisors may take to answer; the page shows the others then.
  timespan tree_timeout = std::chrono::milliseconds{500};

  /// What the page calls the program.
  std::string title = "actor_cache";

  /// @returns `errc::invalid_argument`, naming the option
  caf::error validate() const;
};

/// A page for the browser that shows the caches of an actor system and its
/// supervisors, and that keeps itself up to date. It ends with its handle,
/// which must go before the actor system does.
///
/// It has threads of its own, and waits for nothing but supervisors that do not
/// answer, and for these no longer than it was told. It only shows: nothing can
/// be changed through it.
class live_page {
public:
  live_page(live_page&&) noexcept;

  live_page& operator=(live_page&&) noexcept;

  /// Stops listening, and waits until answers that are under way are sent:
  /// about a second where a client does not take them.
  ~live_page();

  uint16_t port() const noexcept;

  /// Returns where the page is, without the token.
  const std::string& url() const noexcept;

private:
  class server;

  explicit live_page(std::unique_ptr<server> running);

  friend caf::expected<live_page> serve_live_page(caf::actor_system& system,
                                                  live_page_options options);

  std::unique_ptr<server> server_;
};

/// Serves the page from now on. Percentiles are there once `start_metrics` was
/// called. Link to `actor_cache::live_page`, which the CMake option
/// `ACTOR_CACHE_BUILD_LIVE_PAGE` adds.
/// @returns `errc::invalid_argument`, `errc::unavailable` where the address or
///          the port cannot be had
caf::expected<live_page> serve_live_page(caf::actor_system& system,
                                         live_page_options options = {});

} // namespace actor_cache::telemetry
