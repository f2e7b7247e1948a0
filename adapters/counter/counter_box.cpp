#include "counter_box.hpp"

#include "actor_cache/errc.hpp"

#include "../encoding/term_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace actor_cache::counter_store {

namespace {

using detail::term_parts;

template <class T>
constexpr number_kind kind_of{
  .lowest = std::numeric_limits<T>::min(),
  .highest = std::numeric_limits<T>::max(),
  .holds = [](const term& x) { return x.holds<T>(); },
  .read = [](const term& x) -> std::optional<wide> {
    auto value = x.as<T>();
    return value ? std::optional<wide>{*value} : std::nullopt;
  },
  .make = [](wide x) { return term::of(static_cast<T>(x)); },
};

template <class... Ts>
const number_kind* find_kind(const term& value) noexcept {
  const number_kind* result = nullptr;
  static_cast<void>(
    ((value.holds<Ts>() && (result = &kind_of<Ts>, true)) || ...));
  return result;
}

void destroy(detail::term_box* box) noexcept {
  delete static_cast<counter_box*>(box);
}

const void* object_of(const detail::term_box* box) noexcept {
  return box;
}

const detail::term_type box_type{
  .fingerprint = 0,
  .name = [] { return std::string_view{"a counter"}; },
  .size = sizeof(counter_box),
  .inlined = false,
  .rtti = &typeid(counter_box),
  .object = object_of,
  .destroy = destroy,
};

wide combined(wide lhs, arithmetic_op op, wide rhs) noexcept {
  return op == arithmetic_op::add ? lhs + rhs : lhs - rhs;
}

/// Returns the number of `kind` that has these low bits.
wide widened(uint64_t bits, const number_kind& kind) noexcept {
  return kind.lowest < 0 ? wide{static_cast<int64_t>(bits)} : wide{bits};
}

caf::error out_of_range(const number_kind& kind, wide result) {
  return make_error(errc::invalid_argument,
                    fmt::format("{} is out of the range of {}; nothing was "
                                "changed",
                                result, kind.make(0).type_name()));
}

/// Stripes have room for 2^30 steps of this size, and then are summed up.
constexpr wide largest_step = wide{1} << 32;
constexpr int64_t full = int64_t{1} << 62;

} // namespace

counter_box::counter_box(const number_kind& what, wide number) noexcept
  : kind(what), bits_(static_cast<uint64_t>(number)) {
  // nop
}

counter_box::~counter_box() {
  delete stripes_.load(std::memory_order_acquire);
}

counter_box* counter_box::in(const term& value) noexcept {
  if (term_parts::type(value) != &box_type)
    return nullptr;
  return static_cast<counter_box*>(term_parts::box(value));
}

term counter_box::wrap(term value) {
  if (value.empty() || value.encoded())
    return value;
  const auto* kind = find_kind<int, long, long long, short, signed char,
                               unsigned, unsigned long, unsigned long long,
                               unsigned short, unsigned char>(value);
  if (kind == nullptr)
    return value;
  auto* box = new counter_box(*kind, *kind->read(value));
  return term_parts::make(&box_type, box);
}

uint64_t counter_box::changes() const noexcept {
  auto result = changes_.load(std::memory_order_acquire);
  if (const auto* all = stripes_.load(std::memory_order_acquire))
    for (const auto& x : *all)
      result += x.changes.load(std::memory_order_acquire);
  return result;
}

size_t counter_box::lines_in_use() const noexcept {
  const auto* all = stripes_.load(std::memory_order_acquire);
  if (all == nullptr)
    return 0;
  return static_cast<size_t>(
    std::count_if(all->begin(), all->end(), [](const stripe& x) {
      return x.changes.load(std::memory_order_acquire) > 0;
    }));
}

wide counter_box::number() const noexcept {
  auto result = widened(bits_.load(std::memory_order_acquire), kind);
  if (const auto* all = stripes_.load(std::memory_order_acquire))
    for (const auto& x : *all)
      result += x.sum.load(std::memory_order_acquire);
  return std::clamp(result, kind.lowest, kind.highest);
}

term counter_box::read() const {
  return kind.make(number());
}

caf::expected<std::optional<term>> counter_box::count(arithmetic_op op,
                                                      wide step) {
  if (stripes_.load(std::memory_order_acquire) != nullptr)
    return std::optional<term>{};
  auto seen = bits_.load(std::memory_order_relaxed);
  for (;;) {
    auto next = combined(widened(seen, kind), op, step);
    if (next < kind.lowest || next > kind.highest)
      return out_of_range(kind, next);
    if (!bits_.compare_exchange_weak(seen, static_cast<uint64_t>(next),
                                     std::memory_order_acq_rel))
      continue;
    changes_.fetch_add(1, std::memory_order_release);
    return std::optional<term>{kind.make(next)};
  }
}

bool counter_box::count_blindly(arithmetic_op op, wide step) {
  if (step > largest_step || step < -largest_step)
    return false;
  auto& all = all_stripes();
  auto& mine = all[detail::thread_stripe() % all.size()];
  auto sum = mine.sum.load(std::memory_order_relaxed);
  if (sum > full || sum < -full)
    return false;
  mine.sum.fetch_add(static_cast<int64_t>(combined(0, op, step)),
                     std::memory_order_release);
  mine.changes.fetch_add(1, std::memory_order_release);
  return true;
}

counter_box::stripes& counter_box::all_stripes() {
  auto* found = stripes_.load(std::memory_order_acquire);
  if (found != nullptr)
    return *found;
  auto made = std::make_unique<stripes>();
  if (stripes_.compare_exchange_strong(found, made.get(),
                                       std::memory_order_acq_rel))
    found = made.release();
  return *found;
}

} // namespace actor_cache::counter_store
