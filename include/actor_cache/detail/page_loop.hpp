#pragma once

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/store_access.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

/// Calls `f(xs...)`, which may return `false` to stop.
template <class F, class... Ts>
bool go_on(F& f, Ts&&... xs) {
  if constexpr (std::is_same_v<std::invoke_result_t<F&, Ts...>, bool>) {
    return f(std::forward<Ts>(xs)...);
  } else {
    f(std::forward<Ts>(xs)...);
    return true;
  }
}

/// Tells whether pages are left and `visit` wants them; what it throws becomes
/// `errc::exception`.
template <class Page, class Visit>
caf::expected<bool> visit_part(Visit& visit, Page& part) {
  return guarded([&]() -> caf::expected<bool> {
    return visit(part) && !part.cursor.empty();
  });
}

/// Visits the pages from `cursor` on for an actor.
template <class Page, class Calls, class Loop, class Order, class Done>
void visit_parts_async(const Calls& calls, std::string cursor,
                       std::shared_ptr<Loop> loop, Order order, Done done) {
  loop->fetch(calls, std::move(cursor))
    .start(order, [calls, loop, order, done](caf::expected<Page> part) mutable {
      if (!part) {
        done(caf::expected<void>{std::move(part.error())});
        return;
      }
      auto more = visit_part(loop->visit, *part);
      if (!more)
        done(caf::expected<void>{std::move(more.error())});
      else if (*more)
        visit_parts_async<Page>(calls, std::move(part->cursor), std::move(loop),
                                order, std::move(done));
      else
        done(caf::expected<void>{});
    });
}

template <class Fetch, class Visit>
struct page_loop {
  Fetch fetch;
  Visit visit;
};

/// Calls `visit(page)` for all pages that `fetch(calls, cursor)` returns, each
/// a `Page`, until `visit` returns `false`: in the way of `calls`, which blocks
/// or returns a `pending`.
template <class Page, class Calls, class Fetch, class Visit>
auto loop_over_pages(const Calls& calls, Fetch fetch, Visit visit) {
  using first = decltype(fetch(calls, std::string{}));
  if constexpr (std::is_same_v<first, caf::expected<Page>>) {
    std::string cursor;
    for (;;) {
      auto part = fetch(calls, std::move(cursor));
      if (!part)
        return caf::expected<void>{std::move(part.error())};
      auto more = visit_part(visit, *part);
      if (!more)
        return caf::expected<void>{std::move(more.error())};
      if (!*more)
        return caf::expected<void>{};
      cursor = std::move(part->cursor);
    }
  } else {
    using loop = page_loop<Fetch, Visit>;
    auto shared
      = std::make_shared<loop>(loop{std::move(fetch), std::move(visit)});
    return store_access::start<void>(calls, [calls, shared](auto order,
                                                            auto done) {
      visit_parts_async<Page>(calls, {}, shared, order, std::move(done));
    });
  }
}

} // namespace actor_cache::detail
