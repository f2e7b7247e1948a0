#pragma once

#include "actor_cache/detail/open_load.hpp"
#include "actor_cache/term.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <utility>

namespace actor_cache {

/// Where a load that takes its time delivers the value: what the function of
/// `async_cache::get_or_create` is given if it takes one.
///
/// All copies stand for the same load, and the first `deliver` ends it. Where
/// the last copy goes without, or the actor that asked ends, those who wait get
/// `errc::load_failed`. (CAF: `response_promise`.)
///
/// Thread safety: any thread or actor may deliver, each with a copy of its own.
template <class V>
class load_promise {
public:
  explicit load_promise(std::shared_ptr<detail::open_load> load)
    : load_(std::move(load)) {
    // nop
  }

  void deliver(V value) const {
    load_->end(term::of(std::move(value)));
  }

  void deliver(caf::error reason) const {
    load_->end(std::move(reason));
  }

  void deliver(caf::expected<V> result) const {
    if (result)
      deliver(std::move(*result));
    else
      deliver(std::move(result.error()));
  }

private:
  std::shared_ptr<detail::open_load> load_;
};

} // namespace actor_cache
