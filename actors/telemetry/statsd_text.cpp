#include "statsd_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace actor_cache::telemetry {

namespace {

/// Returns `x` without what has a meaning in the protocol.
std::string clean(std::string_view x) {
  std::string result{x};
  constexpr std::string_view special = ":|@#,\n\r ";
  std::replace_if(
    result.begin(), result.end(),
    [&](char c) { return special.find(c) != std::string_view::npos; }, '_');
  return result;
}

/// A part of a name between dots.
std::string part(std::string_view x) {
  auto result = clean(x);
  std::replace(result.begin(), result.end(), '.', '_');
  return result;
}

std::string milliseconds(timespan x) {
  return fmt::format("{:.6g}",
                     std::chrono::duration<double, std::milli>{x}.count());
}

} // namespace

statsd_text::statsd_text(const statsd_options& options) : options_(options) {
  for (const auto& [name, value] : options_.constant_tags)
    constant_tags_ += fmt::format(",{}:{}", clean(name), clean(value));
}

std::vector<std::string>
statsd_text::report(const std::vector<cache_figures>& all) {
  for (const auto& x : all)
    add_cache(x);
  return std::exchange(datagrams_, {});
}

void statsd_text::add_cache(const cache_figures& x) {
  const auto& stats = x.stats;
  count("get", x.name, stats.hits + stats.misses);
  count("hit", x.name, stats.hits);
  count("miss", x.name, stats.misses);
  count("put", x.name, stats.puts);
  count("delete", x.name, stats.erased);
  count("load", x.name, stats.loads);
  count("load_failure", x.name, stats.load_failures);
  count("restart", x.name, x.restarts);
  const tag causes[]
    = {{"erased", {}}, {"replaced", {}}, {"expired", {}}, {"cleared", {}}};
  const uint64_t removed[] = {stats.erased, stats.replaced, stats.expired,
                              stats.cleared};
  for (size_t index = 0; index < std::size(removed); ++index)
    count("eviction", x.name, removed[index], {"cause", causes[index].first});
  for (const auto& [code, n] : x.errors)
    count("error", x.name, n, {"error", code});
  gauge("hit_ratio", x.name, fmt::format("{:.4f}", stats.hit_ratio()));
  if (x.size)
    gauge("size", x.name, fmt::to_string(*x.size));
  if (x.bytes)
    gauge("bytes", x.name, fmt::to_string(*x.bytes));
  if (x.connections) {
    gauge("connections", x.name, fmt::to_string(x.connections->shared_up),
          {"kind", "shared_up"});
    gauge("connections", x.name,
          fmt::to_string(x.connections->exclusive_in_use),
          {"kind", "exclusive_in_use"});
  }
  for (const auto& operation : x.operations)
    add_operation(x, operation);
}

void statsd_text::add_operation(const cache_figures& of,
                                const operation_figures& x) {
  // A server makes figures of timings; these are figures already.
  const std::pair<std::string_view, timespan> figures[]
    = {{"p50", x.p50}, {"p95", x.p95}, {"p99", x.p99}};
  for (const auto& [name, span] : figures)
    line(fmt::format("{}.duration.{}", x.name, name), of.name,
         milliseconds(span), "ms", {});
}

void statsd_text::count(std::string_view name, std::string_view cache,
                        uint64_t value, tag more) {
  auto id = fmt::format("{}|{}|{}", name, cache, more.second);
  auto& seen = seen_[id];
  // A lower count is that of a cache that was started anew.
  auto raised = value >= seen ? value - seen : value;
  seen = value;
  if (raised > 0)
    line(name, cache, fmt::to_string(raised), "c", more);
}

void statsd_text::gauge(std::string_view name, std::string_view cache,
                        std::string_view value, tag more) {
  line(name, cache, value, "g", more);
}

void statsd_text::line(std::string_view name, std::string_view cache,
                       std::string_view value, std::string_view type,
                       const tag& more) {
  std::string text;
  if (options_.tags == statsd_tags::none) {
    auto last = more.second.empty() ? "" : "." + part(more.second);
    text = fmt::format("{}.{}.{}{}:{}|{}", options_.prefix, part(cache), name,
                       last, value, type);
  } else {
    auto last = more.second.empty()
                  ? ""
                  : fmt::format(",{}:{}", more.first, clean(more.second));
    text = fmt::format("{}.{}:{}|{}|#cache:{}{}{}", options_.prefix, name,
                       value, type, clean(cache), last, constant_tags_);
  }
  if (datagrams_.empty()
      || datagrams_.back().size() + 1 + text.size()
           > options_.max_datagram_bytes)
    datagrams_.push_back(std::move(text));
  else
    datagrams_.back() += '\n' + text;
}

} // namespace actor_cache::telemetry
