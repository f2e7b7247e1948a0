#include "spread_term.hpp"

#include "actor_cache/detail/counters.hpp"

#include "../encoding/term_parts.hpp"

#include <array>

namespace actor_cache::persistent_term_store {

namespace {

using detail::term_box;
using detail::term_parts;
using detail::term_type;

struct spread_box;

/// Counts the references of some threads, on a cache line of its own.
struct alignas(64) stripe : term_box {
  spread_box* home = nullptr;
};

/// One object behind boxes that are counted apart. It counts the references of
/// those who own the spread term, and lives until all boxes have none.
struct spread_box : term_box {
  explicit spread_box(term value);

  term target;

  /// What a term says that owns the spread one, or that is a local copy.
  term_type owner;
  term_type copy;

  std::atomic<size_t> boxes_in_use;
  std::array<stripe, 16> stripes;
};

const void* object_of(const spread_box& box) noexcept {
  auto& target = box.target;
  return term_parts::type(target)->object(term_parts::box(target));
}

const void* object_of_owner(const term_box* box) noexcept {
  return object_of(*static_cast<const spread_box*>(box));
}

const void* object_of_copy(const term_box* box) noexcept {
  return object_of(*static_cast<const stripe*>(box)->home);
}

void release_stripe(term_box* box) noexcept {
  auto* home = static_cast<stripe*>(box)->home;
  if (home->boxes_in_use.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete home;
}

/// Takes back the reference that keeps each box while the term is spread.
void release_owner(term_box* box) noexcept {
  for (auto& x : static_cast<spread_box*>(box)->stripes)
    if (x.references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      release_stripe(&x);
}

spread_box::spread_box(term value)
  : target(std::move(value)),
    owner(term_parts::in_other_boxes(*term_parts::type(target), object_of_owner,
                                     release_owner)),
    copy(term_parts::in_other_boxes(owner, object_of_copy, release_stripe)),
    boxes_in_use(stripes.size()) {
  for (auto& x : stripes)
    x.home = this;
}

bool is_spread(const term& value) noexcept {
  return term_parts::boxed(value)
         && term_parts::type(value)->destroy == release_owner;
}

bool is_copy(const term& value) noexcept {
  return term_parts::boxed(value)
         && term_parts::type(value)->destroy == release_stripe;
}

} // namespace

term spread(term value) {
  if (!term_parts::boxed(value) || value.encoded() || is_spread(value))
    return value;
  if (is_copy(value)) // what was read and is written back
    value = static_cast<stripe*>(term_parts::box(value))->home->target;
  auto* box = new spread_box(std::move(value));
  return term_parts::make(&box->owner, box);
}

term local_copy(const term& value) noexcept {
  if (!is_spread(value))
    return value;
  auto& box = *static_cast<spread_box*>(term_parts::box(value));
  auto& mine = box.stripes[detail::thread_stripe() % box.stripes.size()];
  mine.references.fetch_add(1, std::memory_order_relaxed);
  return term_parts::make(&box.copy, &mine);
}

} // namespace actor_cache::persistent_term_store
