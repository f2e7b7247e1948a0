#pragma once

#include "actor_cache/command_messages.hpp"
#include "actor_cache/detail/page_loop.hpp"
#include "actor_cache/detail/redis_conversions.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/set_messages.hpp"

#include <type_traits>

namespace actor_cache::detail {

/// The calls of `redis` about sets, written once for all ways of calling.
/// Members are values of type `V`, those of the cache, or of another type that
/// the caller names; they are equal where their encoded bytes are.
///
/// All may give `errc::type_mismatch` where the key holds no set or a member is
/// of another type.
template <class Derived, class V>
class redis_set_calls {
public:
  /// Adds a member; tells whether it is new. (SADD)
  template <class T = V>
  auto sadd(std::string_view key, std::type_identity_t<T> member) const {
    std::vector<T> members;
    members.push_back(std::move(member));
    return call<msg::sadd>(to_whether{}, key, terms_arg<T>{std::move(members)});
  }

  /// Adds members; returns how many are new. (SADD)
  template <class T = V>
  auto sadd_many(std::string_view key, std::vector<T> members) const {
    return call<msg::sadd>(as_is{}, key, terms_arg<T>{std::move(members)});
  }

  /// Removes a member; tells whether there was one. (SREM)
  template <class T = V>
  auto srem(std::string_view key, std::type_identity_t<T> member) const {
    std::vector<T> members;
    members.push_back(std::move(member));
    return call<msg::srem>(to_whether{}, key, terms_arg<T>{std::move(members)});
  }

  /// Removes members; returns how many there were. (SREM)
  template <class T = V>
  auto srem_many(std::string_view key, std::vector<T> members) const {
    return call<msg::srem>(as_is{}, key, terms_arg<T>{std::move(members)});
  }

  /// Returns all members, in no order. (SMEMBERS)
  template <class T = V>
  auto smembers(std::string_view key) const {
    return call<msg::smembers>(to_values<T>{}, key);
  }

  /// Tells whether `member` is one. (SISMEMBER)
  template <class T = V>
  auto sismember(std::string_view key, std::type_identity_t<T> member) const {
    return call<msg::sismember>(as_is{}, key, value_arg<T>{std::move(member)});
  }

  /// Returns the number of members. (SCARD)
  auto scard(std::string_view key) const {
    return call<msg::scard>(as_is{}, key);
  }

private:
  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    return store_access::call<Op>(static_cast<const Derived&>(*this), convert,
                                  std::forward<Ts>(xs)...);
  }
};

/// The calls of `redis` about keys and commands, written once for all ways of
/// calling.
template <class Derived>
class redis_command_calls {
public:
  /// Returns some of the cache's keys that `filter` lets through, whatever they
  /// hold, from the cursor of the last page on; the empty cursor is the
  /// beginning, and the end. (SCAN)
  auto scan_keys(std::string cursor = {}, scan_filter filter = {}) const {
    return call<msg::scan_keys>(as_is{}, std::move(cursor), std::move(filter));
  }

  /// Calls `f(key)` for all keys that `filter` lets through, page by page,
  /// holding no more than one; a key that is there all the time is seen at
  /// least once. `f` may return `false` to stop.
  template <class F>
  auto for_each_key(F f, scan_filter filter = {}) const {
    auto fetch = [filter = std::move(filter)](const Derived& self,
                                              std::string cursor) {
      return self.scan_keys(std::move(cursor), filter);
    };
    auto visit = [f = std::move(f)](key_page& part) mutable {
      for (const auto& key : part.keys)
        if (!go_on(f, key))
          return false;
      return true;
    };
    return loop_over_pages<key_page>(static_cast<const Derived&>(*this),
                                     std::move(fetch), std::move(visit));
  }

  /// Runs one command as it is: keys in it are what the server knows, "<name of
  /// the cache>:<key>".
  /// @returns what an error reply means, with the server's text
  auto command(redis_command what) const {
    return call<msg::command>(as_is{}, std::move(what));
  }

  /// Runs many commands in one round trip; returns their replies, of which some
  /// may be errors.
  auto pipeline(std::vector<redis_command> commands) const {
    return call<msg::pipeline>(as_is{}, std::move(commands));
  }

  /// Does the same as one step: nobody else's command comes between. Where one
  /// of them is none, none is run. (MULTI, EXEC)
  auto transaction(std::vector<redis_command> commands) const {
    return call<msg::transaction>(as_is{}, std::move(commands));
  }

private:
  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    return store_access::call<Op>(static_cast<const Derived&>(*this), convert,
                                  std::forward<Ts>(xs)...);
  }
};

} // namespace actor_cache::detail
