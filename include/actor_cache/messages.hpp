#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/detail/message.hpp"
#include "actor_cache/explanation.hpp"
#include "actor_cache/load_messages.hpp"
#include "actor_cache/results.hpp"
#include "actor_cache/stats.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/ttl.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

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

/// Returns all objects of a key: of a bag any number, else one at most.
struct lookup {
  using result = object_list;
  static constexpr auto method = &detail::engine::lookup;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &lookup::key},
  };
};

/// Removes a key and returns all objects it had.
struct take_all {
  using result = object_list;
  static constexpr auto method = &detail::engine::take_all;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &take_all::key},
  };
};

/// Removes the object of a key with the version `which`; tells whether it was
/// there still. Other objects stay.
struct erase_object {
  using result = bool;
  static constexpr auto method = &detail::engine::erase_object;
  std::string key;
  uint64_t which = 0;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &erase_object::key},
    detail::field{"which", &erase_object::which},
  };
};

/// Replaces the object of a key with the version `which`, whose deadline stays;
/// tells whether it was there still.
struct replace_object {
  using result = bool;
  static constexpr auto method = &detail::engine::replace_object;
  std::string key;
  uint64_t which = 0;
  term value;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &replace_object::key},
    detail::field{"which", &replace_object::which},
    detail::field{"value", &replace_object::value},
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

/// Tells where the value of a key comes from, `nullopt` where it has none.
struct explain {
  using result = std::optional<explanation>;
  static constexpr auto method = &detail::engine::explain;
  std::string key;
  static constexpr auto fields = std::tuple{
    detail::field{"key", &explain::key},
  };
};

/// Returns what the cache has counted.
struct stats {
  using result = cache_stats;
  static constexpr auto method = &detail::engine::stats;
  static constexpr auto fields = std::tuple{};
};

} // namespace actor_cache::msg

namespace actor_cache::detail {

/// The messages that need nothing but one call of the engine.
using simple_ops
  = op_list<msg::get, msg::get_entry, msg::put, msg::put_new, msg::replace,
            msg::put_if, msg::rewrite, msg::erase, msg::erase_if, msg::take,
            msg::lookup, msg::take_all, msg::erase_object, msg::replace_object,
            msg::touch, msg::increment, msg::decrement, msg::contains,
            msg::ttl_of, msg::get_many, msg::put_many, msg::erase_many,
            msg::size, msg::clear, msg::scan, msg::explain, msg::stats,
            msg::fulfil, msg::abandon>;

/// The messages whose answer may have to wait for somebody else's load.
using waiting_ops = op_list<msg::acquire, msg::await_load>;

/// The messages that the actor of every cache answers.
using core_ops = joined<simple_ops, waiting_ops>::type;

} // namespace actor_cache::detail
