#pragma once

#include "actor_cache/detail/actor_function.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/sandbox_messages.hpp"
#include "actor_cache/types.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/spawn_options.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// What a test needs to have a sandboxed cache (`cache_spec::sandbox`) to
// itself. Most tests include actor_cache/testing/catch2.hpp, or sandbox.hpp
// beside it, and need nothing else. docs/testing.md is the guide.

namespace actor_cache::detail {

class tenant;
class tenant_directory;
struct thread_binding;

} // namespace actor_cache::detail

namespace actor_cache {

/// What a call did to a key.
enum class access : uint8_t { hit, miss, put, erase };

std::string to_string(access x);

/// One line in the log of a sandbox.
struct key_access {
  std::string cache;
  std::string key;
  access what = access::hit;

  friend bool operator==(const key_access&, const key_access&) = default;
};

std::string to_string(const key_access& x);

/// All that the caches of a sandbox hold at one point in time, hashes, sets and
/// documents included; cheap to copy.
class sandbox_snapshot {
public:
  sandbox_snapshot() = default;

private:
  friend class detail::tenant;

  struct content;

  std::shared_ptr<const content> content_;
};

/// How a sandbox is started.
struct sandbox_options {
  /// What the caches hold at the beginning; the clock begins where it stood.
  sandbox_snapshot from = {};

  /// How many lines the log has at most; what comes then is only counted.
  size_t log_limit = 100'000;
};

/// Makes a thread call on behalf of a sandbox as long as it lives. Bindings
/// nest; the last one counts. Belongs to the thread that made it.
class thread_scope {
public:
  thread_scope(thread_scope&&) noexcept = default;

  thread_scope& operator=(thread_scope&& other) noexcept;

  ~thread_scope();

private:
  friend class sandbox;

  explicit thread_scope(std::shared_ptr<detail::tenant> whom);

  std::shared_ptr<detail::thread_binding> binding_;
};

/// A handle to one owner's private instances of some caches: cheap to copy,
/// and harmless after the sandbox has ended.
///
/// A call to a sandboxed cache reaches the instance of whoever makes it: of the
/// actor that runs on the thread, if it belongs to a sandbox, else of the
/// thread, if it is bound to one. A message to a cache's actor reaches the
/// instance of its sender.
///
/// Thread safety: any number of threads may use one handle, or copies of it.
class sandbox {
public:
  // -- who belongs to it ------------------------------------------------------

  /// Makes this thread call on behalf of the sandbox, e.g. a worker of a test.
  [[nodiscard]] thread_scope bind() const;

  /// Lets `child` (a handle of any type, a `scoped_actor`, or a pointer to an
  /// actor) call on behalf of this sandbox, until either ends. Actors that it
  /// spawns must be allowed in turn.
  /// @returns `errc::name_taken` where it belongs to another sandbox,
  ///          `errc::no_sandbox` where the sandbox has ended,
  ///          `errc::invalid_argument` where it has ended or lives elsewhere
  template <class Child>
  caf::expected<void> allow(const Child& child) const {
    return allow_actor(caf::actor_cast<caf::strong_actor_ptr>(child));
  }

  /// Spawns an actor that belongs to the sandbox from its first step on.
  /// Otherwise as `actor_system::spawn` with a function.
  template <caf::spawn_options Os = caf::no_spawn_options, class F, class... Ts>
  auto spawn(F fun, Ts&&... xs) const {
    auto here = bind();
    return system().template spawn<Os>(
      detail::run_before<F>(
        [box = *this] { static_cast<void>(box.allow_running_actor()); },
        std::move(fun)),
      std::forward<Ts>(xs)...);
  }

  /// The same for an actor that is a class.
  template <class Impl, caf::spawn_options Os = caf::no_spawn_options,
            class... Ts>
  auto spawn(Ts&&... xs) const {
    auto here = bind();
    return system().template spawn<detail::sandboxed_actor<Impl, sandbox>, Os>(
      *this, std::forward<Ts>(xs)...);
  }

  // -- its caches -------------------------------------------------------------

  /// Adds an instance of a cache.
  /// @returns `errc::unknown_cache`, `errc::invalid_argument` where the cache
  ///          is not sandboxed, `errc::name_taken` where it is there already,
  ///          `errc::no_sandbox` where the sandbox has ended
  caf::expected<void> add(const std::string& cache) const;

  /// Takes an instance away, with all that it holds.
  /// @returns `errc::no_sandbox` where there is none
  caf::expected<void> remove(const std::string& cache) const;

  /// Returns the names of the caches, in alphabetical order.
  std::vector<std::string> caches() const;

  // -- time -------------------------------------------------------------------

  /// Moves the clock of the sandbox: the one thing that makes its entries
  /// expire. It stands still otherwise, unless a cache's spec has a clock of
  /// its own, which the sandbox's comes on top of then.
  void advance(timespan by) const;

  /// Returns by how much the clock has moved since the beginning.
  timespan elapsed() const;

  // -- what happened ----------------------------------------------------------

  /// Returns what all calls did, the oldest first, up to
  /// `sandbox_options::log_limit` lines.
  std::vector<key_access> log() const;

  /// Returns the keys that calls to one cache had as `what`, the oldest first.
  std::vector<std::string> keys(access what, std::string_view cache) const;

  /// Returns how many lines the log has no room for.
  uint64_t unlogged() const;

  /// Empties the log.
  void clear_log() const;

  /// Succeeds if no cache has an entry left.
  /// @returns `errc::key_exists`, naming cache and keys
  caf::expected<void> require_empty() const;

  // -- what is to happen ------------------------------------------------------

  /// Makes the next `times` calls to `cache`, any if empty, fail with `code`.
  void fail_next(errc code, std::string cache = {}, size_t times = 1) const;

  /// From now on each call takes `span` on the sandbox's clock, zero by
  /// default. A call that takes the cache's `call_timeout` or longer fails with
  /// `errc::timeout`.
  void latency(timespan span) const;

  /// Returns all that there is now.
  caf::expected<sandbox_snapshot> snapshot() const;

  // -- its end ----------------------------------------------------------------

  /// Ends the sandbox: whoever belongs to it is a stranger then, and what it
  /// held is gone. Ending one twice is fine.
  void stop() const;

  bool running() const;

  caf::actor_system& system() const noexcept;

private:
  friend class sandbox_registry;
  friend class sandbox_scope;

  template <class, class>
  friend class detail::sandboxed_actor;

  explicit sandbox(std::shared_ptr<detail::tenant> who)
    : tenant_(std::move(who)) {
    // nop
  }

  caf::expected<void> allow_actor(const caf::strong_actor_ptr& child) const;

  caf::expected<void> allow_running_actor() const;

  /// Null in what was moved from.
  std::shared_ptr<detail::tenant> tenant_;
};

/// The sandbox of the thread that started it: ends with this object.
class sandbox_scope : public sandbox {
public:
  sandbox_scope(sandbox_scope&&) noexcept = default;

  sandbox_scope& operator=(sandbox_scope&&) = delete;

  ~sandbox_scope();

private:
  friend class sandbox_registry;

  explicit sandbox_scope(sandbox box) : sandbox(box), here_(box.bind()) {
    // nop
  }

  thread_scope here_;
};

/// The actor that knows which actor owns which sandbox, and ends sandboxes with
/// their owners. Answers each of these messages with the message's `result`.
using sandbox_registry_actor = caf::typed_actor<
  caf::result<void>(msg::start_sandbox), caf::result<void>(msg::stop_sandbox),
  caf::result<void>(msg::register_cache),
  caf::result<void>(msg::unregister_cache), caf::result<void>(msg::allow),
  caf::result<std::set<std::string>>(msg::find_sandbox)>;

/// A handle to the registry of the sandboxes in one actor system: cheap to
/// copy. None of these calls waits for an actor, but for `from_supervisor`.
/// (ElixirCache: `Cache.SandboxRegistry`.)
///
/// Thread safety: all members may be called at the same time.
class sandbox_registry {
public:
  /// Starts the registry of `system`; returns the one that runs if there is.
  static caf::expected<sandbox_registry> start(caf::actor_system& system);

  /// @returns `errc::no_sandbox` where the registry has not been started
  static caf::expected<sandbox_registry> of(caf::actor_system& system);

  /// Gives this thread an instance of each of these caches of its own.
  /// @returns `errc::unknown_cache`, `errc::invalid_argument` where a cache is
  ///          not sandboxed, `errc::name_taken` where one is named twice
  [[nodiscard]] caf::expected<sandbox_scope>
  start_here(const std::vector<std::string>& caches,
             const sandbox_options& options = {}) const;

  /// Gives `owner`, an actor, an instance of each of these caches of its own,
  /// until it ends.
  /// @returns also `errc::name_taken` where the owner belongs to a sandbox,
  ///          `errc::invalid_argument` where it has ended or lives elsewhere
  template <class Owner>
  caf::expected<sandbox> start(const Owner& owner,
                               const std::vector<std::string>& caches,
                               const sandbox_options& options = {}) const {
    return start_for(caf::actor_cast<caf::strong_actor_ptr>(owner), caches,
                     options);
  }

  /// Returns the sandbox that `who`, an actor, belongs to.
  /// @returns `errc::no_sandbox`
  template <class Actor>
  caf::expected<sandbox> find(const Actor& who) const {
    return find_of(caf::actor_cast<caf::strong_actor_ptr>(who));
  }

  /// Returns the sandbox that whoever makes this call belongs to.
  /// @returns `errc::no_sandbox`
  caf::expected<sandbox> find() const;

  /// Lets `child` call on behalf of whom `owner` belongs to.
  template <class Child, class Owner>
  caf::expected<void> allow(const Child& child, const Owner& owner) const {
    auto box = find(owner);
    if (!box)
      return std::move(box.error());
    return box->allow(child);
  }

  /// Gives all callers that belong to no sandbox to `box`, until it ends: for
  /// code that cannot be told on whose behalf it calls. Only one test at a time
  /// can do that.
  /// @returns `errc::name_taken` where another one does,
  ///          `errc::no_sandbox` where the sandbox has ended
  caf::expected<void> share(const sandbox& box) const;

  /// Returns the names of the sandboxed caches that a supervisor, and those
  /// below it, run. Blocks until they answer.
  /// @param supervisor a `supervisor_actor`, or another handle to one
  /// @returns `errc::supervisor_not_running` where it has ended,
  ///          `errc::invalid_argument` where none of the caches is sandboxed,
  ///          `errc::would_block` on a thread of CAF's scheduler
  template <class Supervisor>
  caf::expected<std::vector<std::string>>
  from_supervisor(const Supervisor& supervisor) const {
    return caches_below(caf::actor_cast<caf::strong_actor_ptr>(supervisor));
  }

  /// Returns the number of sandboxes that have not ended.
  size_t size() const;

  /// Returns the actor, for those who would rather send messages.
  sandbox_registry_actor actor() const;

private:
  explicit sandbox_registry(std::shared_ptr<detail::tenant_directory> directory)
    : directory_(std::move(directory)) {
    // nop
  }

  caf::expected<sandbox> start_for(const caf::strong_actor_ptr& owner,
                                   const std::vector<std::string>& caches,
                                   const sandbox_options& options) const;

  caf::expected<sandbox> find_of(const caf::strong_actor_ptr& who) const;

  caf::expected<std::vector<std::string>>
  caches_below(const caf::strong_actor_ptr& supervisor) const;

  std::shared_ptr<detail::tenant_directory> directory_;
};

} // namespace actor_cache
