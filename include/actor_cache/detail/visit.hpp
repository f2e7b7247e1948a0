#pragma once

#include "actor_cache/detail/conversions.hpp"
#include "actor_cache/detail/guard.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

/// Calls `f(key, value)` for the entries of one page and tells whether there
/// are more to come: no page is left, or `f` has returned `false`. An exception
/// becomes `errc::exception`.
template <class V, class F>
caf::expected<bool> visit_page(F& f, page<V>& part) {
  return guarded([&]() -> caf::expected<bool> {
    for (auto& [key, content] : part.entries) {
      using result = std::invoke_result_t<F&, const std::string&, V&>;
      if constexpr (std::is_same_v<result, bool>) {
        if (!f(std::as_const(key), content.value))
          return false;
      } else {
        f(std::as_const(key), content.value);
      }
    }
    return !part.cursor.empty();
  });
}

/// Visits the entries from `cursor` on for an actor, page by page.
template <class V, class Calls, class F, class Order, class Done>
void visit_async(const Calls& calls, std::string cursor, std::shared_ptr<F> f,
                 Order order, Done done) {
  calls.scan(std::move(cursor))
    .start(order, [calls, f = std::move(f), order,
                   done](caf::expected<page<V>> part) mutable {
      if (!part) {
        done(std::move(part.error()));
        return;
      }
      auto more = visit_page<V>(*f, *part);
      if (!more)
        done(std::move(more.error()));
      else if (*more)
        visit_async<V>(calls, std::move(part->cursor), std::move(f), order,
                       std::move(done));
      else
        done(caf::expected<void>{});
    });
}

} // namespace actor_cache::detail
