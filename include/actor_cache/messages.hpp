#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/field.hpp"
#include "actor_cache/load_options.hpp"
#include "actor_cache/results.hpp"
#include "actor_cache/stats.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/ttl.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace actor_cache::detail {

using actor_cache::field;

} // namespace actor_cache::detail

/// The messages that every cache actor answers. Each is an aggregate that says
/// what it wants and names its answer, `result`; `method` is the one place
/// where the call is written. All can travel between processes.
namespace actor_cache::msg {

/// Returns the value of a key, `nullopt` on a miss.
struct get {
  using result = std::optional<term>;
  static constexpr auto method = &detail::engine::get;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &get::key},
  };
};

/// Returns the value of a key with its version and remaining lifetime.
struct get_entry {
  using result = std::optional<found_entry>;
  static constexpr auto method = &detail::engine::get_entry;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &get_entry::key},
  };
};

/// Stores a value.
struct put {
  using result = void;
  static constexpr auto method = &detail::engine::put;
  std::string key;
  term value;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &put::key},
    detail::field{"value", &put::value},
    detail::field{"lifetime", &put::lifetime},
  };
};

/// Stores a value if the key has none; tells whether it did.
struct put_new {
  using result = bool;
  static constexpr auto method = &detail::engine::put_new;
  std::string key;
  term value;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &put_new::key},
    detail::field{"value", &put_new::value},
    detail::field{"lifetime", &put_new::lifetime},
  };
};

/// Stores a value if the key has one; tells whether it did.
struct replace {
  using result = bool;
  static constexpr auto method = &detail::engine::replace;
  std::string key;
  term value;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &replace::key},
    detail::field{"value", &replace::value},
    detail::field{"lifetime", &replace::lifetime},
  };
};

/// Stores a value if the entry still has the version `expected` (0: if there is
/// none); returns the new version or `errc::version_conflict`.
struct put_if {
  using result = uint64_t;
  static constexpr auto method = &detail::engine::put_if;
  std::string key;
  term value;
  uint64_t expected = 0;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &put_if::key},
    detail::field{"value", &put_if::value},
    detail::field{"expected", &put_if::expected},
    detail::field{"lifetime", &put_if::lifetime},
  };
};

/// Replaces the value of an entry that still has the version `expected` and
/// keeps its deadline (0: creates an entry); returns the new version or
/// `errc::version_conflict`.
struct rewrite {
  using result = uint64_t;
  static constexpr auto method = &detail::engine::rewrite;
  std::string key;
  term value;
  uint64_t expected = 0;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &rewrite::key},
    detail::field{"value", &rewrite::value},
    detail::field{"expected", &rewrite::expected},
  };
};

/// Removes a key; fine if absent.
struct erase {
  using result = void;
  static constexpr auto method = &detail::engine::erase;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &erase::key},
  };
};

/// Removes a key if its entry still has the version `expected`, else
/// `errc::version_conflict`.
struct erase_if {
  using result = void;
  static constexpr auto method = &detail::engine::erase_if;
  std::string key;
  uint64_t expected = 0;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &erase_if::key},
    detail::field{"expected", &erase_if::expected},
  };
};

/// Removes a key and returns the value it had.
struct take {
  using result = std::optional<term>;
  static constexpr auto method = &detail::engine::take;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &take::key},
  };
};

/// Gives an entry a new lifetime; tells whether there is one.
struct touch {
  using result = bool;
  static constexpr auto method = &detail::engine::touch;
  std::string key;
  ttl lifetime;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &touch::key},
    detail::field{"lifetime", &touch::lifetime},
  };
};

/// Adds `step` to a number and returns the sum; a missing entry counts as zero.
struct increment {
  using result = term;
  static constexpr auto method = &detail::engine::increment;
  std::string key;
  term step;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &increment::key},
    detail::field{"step", &increment::step},
  };
};

/// Subtracts `step` from a number and returns the difference; a missing entry
/// counts as zero.
struct decrement {
  using result = term;
  static constexpr auto method = &detail::engine::decrement;
  std::string key;
  term step;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &decrement::key},
    detail::field{"step", &decrement::step},
  };
};

/// Tells whether a key has a value; counts neither as a hit nor as a miss.
struct contains {
  using result = bool;
  static constexpr auto method = &detail::engine::contains;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &contains::key},
  };
};

/// Returns the remaining lifetime of a key, `nullopt` where it has no value.
struct ttl_of {
  using result = std::optional<ttl>;
  static constexpr auto method = &detail::engine::ttl_of;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &ttl_of::key},
  };
};

/// Returns the values of many keys, in their order.
struct get_many {
  using result = std::vector<std::optional<term>>;
  static constexpr auto method = &detail::engine::get_many;
  std::vector<std::string> keys;
  static constexpr auto fields = std::tuple{
    detail::field{"keys", &get_many::keys},
  };
};

/// Stores many values.
struct put_many {
  using result = void;
  static constexpr auto method = &detail::engine::put_many;
  std::vector<std::pair<std::string, term>> entries;
  std::optional<ttl> lifetime = std::nullopt;
  static constexpr auto fields = std::tuple{
    detail::field{"entries", &put_many::entries},
    detail::field{"lifetime", &put_many::lifetime},
  };
};

/// Removes many keys; returns how many had a value.
struct erase_many {
  using result = uint64_t;
  static constexpr auto method = &detail::engine::erase_many;
  std::vector<std::string> keys;
  static constexpr auto fields = std::tuple{
    detail::field{"keys", &erase_many::keys},
  };
};

/// Returns the number of entries.
struct size {
  using result = uint64_t;
  static constexpr auto method = &detail::engine::size;
  static constexpr auto fields = std::tuple{};
};

/// Removes everything.
struct clear {
  using result = void;
  static constexpr auto method = &detail::engine::clear;
  static constexpr auto fields = std::tuple{};
};

/// Returns about `limit` entries from `cursor` on.
struct scan {
  using result = entry_page;
  static constexpr auto method = &detail::engine::scan;
  std::string cursor;
  uint64_t limit = 256;
  static constexpr auto fields = std::tuple{
    detail::field{"cursor", &scan::cursor},
    detail::field{"limit", &scan::limit},
  };
};

/// Returns what the cache has counted.
struct stats {
  using result = cache_stats;
  static constexpr auto method = &detail::engine::stats;
  static constexpr auto fields = std::tuple{};
};

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

// -- messages to the registry of the sandboxes --------------------------------

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

namespace actor_cache::detail {

/// Tells the registry of the sandboxes that an actor has come to belong to one
/// or, without `actor`, that the one with this id does no longer.
struct tenancy_changed {
  caf::strong_actor_ptr actor;
  uint64_t id = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, tenancy_changed& x) {
    return f.object(x).fields(f.field("actor", x.actor), f.field("id", x.id));
  }
};

/// Tells a cache actor that a load is over for which it owes an answer.
struct landed {
  uint64_t promise = 0;
  lease value;
  caf::error failure;

  template <class Inspector>
  friend bool inspect(Inspector& f, landed& x) {
    return f.object(x).fields(f.field("promise", x.promise),
                              f.field("value", x.value),
                              f.field("failure", x.failure));
  }
};

/// Tells a cache actor that jobs that were waiting can go on.
struct jobs_ready {
  template <class Inspector>
  friend bool inspect(Inspector& f, jobs_ready& x) {
    return f.object(x).fields();
  }
};

/// Tells an address that mail of its has waited for long enough.
struct parked_mail {
  template <class Inspector>
  friend bool inspect(Inspector& f, parked_mail& x) {
    return f.object(x).fields();
  }
};

/// The messages that need nothing but one call of the engine.
template <class... Ops>
struct op_list {};

using simple_ops
  = op_list<msg::get, msg::get_entry, msg::put, msg::put_new, msg::replace,
            msg::put_if, msg::rewrite, msg::erase, msg::erase_if, msg::take,
            msg::touch, msg::increment, msg::decrement, msg::contains,
            msg::ttl_of, msg::get_many, msg::put_many, msg::erase_many,
            msg::size, msg::clear, msg::scan, msg::stats, msg::fulfil,
            msg::abandon>;

/// The messages whose answer may have to wait for somebody else's load.
using waiting_ops = op_list<msg::acquire, msg::await_load>;

template <class... Lists>
struct joined;

template <class... Ops, class... More>
struct joined<op_list<Ops...>, op_list<More...>> {
  using type = op_list<Ops..., More...>;
};

using all_ops = joined<simple_ops, waiting_ops>::type;

template <class Op, class List>
inline constexpr bool is_one_of = false;

template <class Op, class... Ops>
inline constexpr bool is_one_of<Op, op_list<Ops...>>
  = (std::is_same_v<Op, Ops> || ...);

template <class Op>
concept message = is_one_of<Op, all_ops>;

template <class Op>
concept registry_message = is_one_of<
  Op, op_list<msg::start_sandbox, msg::stop_sandbox, msg::register_cache,
              msg::unregister_cache, msg::allow, msg::find_sandbox>>;

} // namespace actor_cache::detail

namespace actor_cache::msg {

/// Lets CAF see into each of these messages.
template <class Inspector, class Op>
  requires detail::message<Op> || detail::registry_message<Op>
bool inspect(Inspector& f, Op& x) {
  return std::apply(
    [&](const auto&... ys) {
      return f.object(x).fields(
        f.field(detail::to_caf(ys.name), x.*ys.member)...);
    },
    Op::fields);
}

} // namespace actor_cache::msg
