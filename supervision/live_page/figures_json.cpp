#include "figures_json.hpp"

#include <chrono>

namespace actor_cache::detail {

namespace {

using nlohmann::json;

int64_t in_ms(timespan x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
}

json to_json(const std::optional<uint64_t>& x) {
  return x ? json(*x) : json(nullptr);
}

json to_json(const telemetry::operation_figures& x) {
  return {{"name", x.name},
          {"measured", x.measured},
          {"total_ns", x.total.count()},
          {"p50_ns", x.p50.count()},
          {"p95_ns", x.p95.count()},
          {"p99_ns", x.p99.count()}};
}

json to_json(const std::optional<connection_counts>& x) {
  if (!x)
    return nullptr;
  return {{"shared", x->shared},
          {"shared_up", x->shared_up},
          {"exclusive", x->exclusive},
          {"exclusive_in_use", x->exclusive_in_use},
          {"exclusive_limit", x->exclusive_limit},
          {"times_connected", x->times_connected}};
}

json to_json(const child_info& x) {
  return {{"id", x.id},
          {"kind", to_string(x.kind)},
          {"state", to_string(x.state)},
          {"restart", to_string(x.restart)},
          {"restarts", x.restarts},
          {"uptime_ms", in_ms(x.uptime)}};
}

} // namespace

json to_json(const telemetry::cache_figures& x) {
  json result{{"name", x.name},
              {"adapter", x.adapter},
              {"hits", x.stats.hits},
              {"misses", x.stats.misses},
              {"puts", x.stats.puts},
              {"erased", x.stats.erased},
              {"replaced", x.stats.replaced},
              {"expired", x.stats.expired},
              {"cleared", x.stats.cleared},
              {"loads", x.stats.loads},
              {"load_failures", x.stats.load_failures},
              {"size", to_json(x.size)},
              {"bytes", to_json(x.bytes)},
              {"restarts", x.restarts},
              {"errors", json::array()},
              {"operations", json::array()},
              {"connections", to_json(x.connections)}};
  for (const auto& [code, count] : x.errors)
    result["errors"].push_back({{"code", code}, {"count", count}});
  for (const auto& operation : x.operations)
    result["operations"].push_back(to_json(operation));
  return result;
}

json to_json(const supervision_tree& x) {
  json result{{"name", x.root.name},
              {"strategy", to_string(x.root.strategy)},
              {"max_restarts", x.root.max_restarts},
              {"max_period_ms", in_ms(x.root.max_period)},
              {"recent_restarts", x.root.recent_restarts},
              {"uptime_ms", in_ms(x.root.uptime)},
              {"children", json::array()}};
  // Those that ended meanwhile are missing in what is below.
  auto below = x.below.begin();
  for (const auto& child : x.root.children) {
    auto next = to_json(child);
    if (child.kind == child_kind::supervisor && below != x.below.end()
        && below->root.name == child.id)
      next["tree"] = to_json(*below++);
    result["children"].push_back(std::move(next));
  }
  return result;
}

} // namespace actor_cache::detail
