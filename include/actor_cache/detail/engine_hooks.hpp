#pragma once

#include "actor_cache/detail/counters.hpp"
#include "actor_cache/term.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace actor_cache::detail {

class engine;
class sandbox_front;

/// What a sandbox adds to an engine; the engines of other caches have none.
///
/// Thread safety: all members may be called at the same time.
class engine_hooks {
public:
  virtual ~engine_hooks();

  /// Called as each call begins; an error is the call's answer.
  virtual caf::error admit() = 0;

  /// Called as a call does to a key what `which` counts.
  virtual void note(counter which, std::string_view key) = 0;

  /// Returns `load` so that on another thread it calls on behalf of whoever is
  /// calling on this one.
  virtual std::function<caf::expected<term>()>
  carry(std::function<caf::expected<term>()> load) = 0;

  /// Returns what knows the instances of this cache, null for an instance.
  virtual sandbox_front* front() noexcept;
};

/// An engine to call, and what keeps it alive during the call if need be.
class engine_ref {
public:
  engine_ref(engine* target = nullptr) noexcept : target_(target) {
    // nop
  }

  engine_ref(std::shared_ptr<engine> kept) noexcept
    : target_(kept.get()), kept_(std::move(kept)) {
    // nop
  }

  engine* operator->() const noexcept {
    return target_;
  }

  engine& operator*() const noexcept {
    return *target_;
  }

  friend bool operator==(const engine_ref& x, std::nullptr_t) noexcept {
    return x.target_ == nullptr;
  }

private:
  engine* target_;
  std::shared_ptr<engine> kept_;
};

} // namespace actor_cache::detail
