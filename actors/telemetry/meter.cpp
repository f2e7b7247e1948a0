#include "meter.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/engine.hpp"
#include "actor_cache/errc.hpp"

#include "cache_events.hpp"
#include "hub.hpp"

#include <caf/actor_system.hpp>
#include <caf/span.hpp>
#include <caf/telemetry/label_view.hpp>
#include <caf/telemetry/metric_registry.hpp>

#include <chrono>
#include <cmath>

namespace actor_cache::detail {

namespace {

/// From a hit in memory to a load that takes too long, in seconds.
constexpr double upper_bounds[]
  = {1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5,
     1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2,
     1e-1, 2.5e-1, 5e-1, 1.0,  2.5,    5.0,  10.0};

timespan from_seconds(double x) {
  using seconds = std::chrono::duration<double>;
  constexpr double longest = 1e9;
  return std::chrono::duration_cast<timespan>(seconds{std::min(x, longest)});
}

/// Returns the upper end of the bucket that the share `wanted` of all falls
/// into; beyond the last one its lower end.
template <class Buckets>
timespan percentile(const Buckets& buckets, uint64_t all, double wanted) {
  auto rank
    = static_cast<uint64_t>(std::ceil(static_cast<double>(all) * wanted));
  uint64_t seen = 0;
  for (const auto& x : buckets) {
    seen += static_cast<uint64_t>(x.count.value());
    if (seen >= rank && std::isfinite(x.upper_bound))
      return from_seconds(x.upper_bound);
  }
  return from_seconds(std::end(upper_bounds)[-1]);
}

} // namespace

meter::~meter() {
  for (auto& x : rows_)
    delete x.load();
}

// -- errors -------------------------------------------------------------------

void meter::count_error(const caf::error& what) noexcept {
  size_t index = what.category() == caf::type_id_v<errc> ? what.code() : 0;
  errors_[index < max_codes ? index : 0].fetch_add(1,
                                                   std::memory_order_relaxed);
}

std::vector<std::pair<std::string, uint64_t>> meter::errors() const {
  std::vector<std::pair<std::string, uint64_t>> result;
  for (size_t index = 0; index < errors_.size(); ++index)
    if (auto n = errors_[index].load(std::memory_order_relaxed); n > 0)
      result.emplace_back(
        index == 0 ? "other" : to_string(static_cast<errc>(index)), n);
  return result;
}

// -- durations ----------------------------------------------------------------

void meter::record(engine& of, std::string_view operation,
                   timespan took) noexcept {
  try {
    if (const auto* found = row_of(of, operation))
      found->histogram->observe(std::chrono::duration<double>{took}.count());
  } catch (...) {
    // A registry that has the name otherwise, or no memory: nothing to measure
    // with, and no reason to fail a call.
  }
}

const meter::row* meter::row_of(engine& of, std::string_view operation) {
  for (auto& x : rows_) {
    const auto* candidate = x.load(std::memory_order_acquire);
    if (candidate == nullptr)
      return add_row(of, operation);
    if (candidate->operation == operation)
      return candidate;
  }
  return nullptr;
}

const meter::row* meter::add_row(engine& of, std::string_view operation) {
  std::lock_guard guard{rows_mtx_};
  for (auto& x : rows_) {
    if (const auto* candidate = x.load()) {
      if (candidate->operation == operation)
        return candidate;
      continue;
    }
    using caf::telemetry::label_view;
    const label_view labels[] = {{"cache_name", to_caf(of.name())},
                                 {"operation", to_caf(operation)}};
    auto* family = of.hub().system().metrics().histogram_family<double>(
      "actor_cache", "operation_duration", {"cache_name", "operation"},
      caf::span<const double>{upper_bounds, std::size(upper_bounds)},
      "Time that calls of a cache take.", "seconds");
    auto* added = new row{operation, family->get_or_add(
                                       caf::span<const label_view>{labels, 2})};
    x.store(added, std::memory_order_release);
    return added;
  }
  return nullptr;
}

std::vector<telemetry::operation_figures> meter::operations() const {
  std::vector<telemetry::operation_figures> result;
  for (const auto& x : rows_) {
    const auto* found = x.load(std::memory_order_acquire);
    if (found == nullptr)
      break;
    telemetry::operation_figures next;
    next.name = found->operation;
    auto buckets = found->histogram->buckets();
    for (const auto& bucket : buckets)
      next.measured += static_cast<uint64_t>(bucket.count.value());
    if (next.measured == 0)
      continue;
    next.total = from_seconds(found->histogram->sum());
    next.p50 = percentile(buckets, next.measured, 0.50);
    next.p95 = percentile(buckets, next.measured, 0.95);
    next.p99 = percentile(buckets, next.measured, 0.99);
    result.push_back(std::move(next));
  }
  return result;
}

// -- others -------------------------------------------------------------------

std::pair<std::optional<uint64_t>, std::optional<uint64_t>>
meter::published() const noexcept {
  auto entries = entries_.load();
  auto bytes = bytes_.load();
  if (entries < 0)
    return {};
  return {static_cast<uint64_t>(entries),
          bytes > 0 ? std::optional{bytes} : std::nullopt};
}

removal_counts meter::exchange_removals(const removal_counts& now) {
  std::lock_guard guard{removals_mtx_};
  return std::exchange(removals_, now);
}

} // namespace actor_cache::detail
