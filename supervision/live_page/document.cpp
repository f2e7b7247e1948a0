#include "document.hpp"

#include "figures_json.hpp"

#include <caf/actor_system.hpp>
#include <caf/node_id.hpp>

#include <algorithm>
#include <utility>

namespace actor_cache::detail {

namespace {

struct gathered_trees {
  nlohmann::json trees = nlohmann::json::array();

  /// How many did not answer in time.
  size_t silent = 0;
};

gathered_trees gather_trees(caf::actor_system& system, timespan timeout) {
  gathered_trees result;
  auto end = document::clock::now() + timeout;
  for (const auto& root : root_supervisors(system)) {
    auto left
      = std::chrono::duration_cast<timespan>(end - document::clock::now());
    auto tree = tree_of(system, root, std::max(left, timespan{1}));
    if (tree)
      result.trees.push_back(to_json(*tree));
    else if (tree.error() == errc::timeout)
      ++result.silent;
  }
  return result;
}

} // namespace

document::document(caf::actor_system& system, std::string title,
                   timespan interval, timespan tree_timeout)
  : system_(system),
    title_(std::move(title)),
    interval_(interval),
    tree_timeout_(tree_timeout) {
  // nop
}

std::shared_ptr<const std::string> document::current() {
  auto last = [&]() -> std::shared_ptr<const std::string> {
    std::lock_guard guard{last_mtx_};
    return clock::now() - made_ < interval_ / 2 ? last_ : nullptr;
  };
  if (auto found = last())
    return found;
  std::unique_lock making{making_mtx_, std::try_to_lock};
  if (!making) {
    {
      std::lock_guard guard{last_mtx_};
      if (last_)
        return last_;
    }
    making.lock(); // the first one ever
  }
  if (auto found = last())
    return found;
  auto text = std::make_shared<const std::string>(make());
  std::lock_guard guard{last_mtx_};
  last_ = text;
  made_ = clock::now();
  return text;
}

std::string document::make() const {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  auto caches = nlohmann::json::array();
  auto now = clock::now();
  for (const auto& x : telemetry::snapshot(system_))
    caches.push_back(to_json(x));
  auto [trees, silent] = gather_trees(system_, tree_timeout_);
  nlohmann::json result{
    {"title", title_},
    {"node", to_string(system_.node())},
    {"now_ms",
     std::chrono::duration<double, std::milli>{now - started_}.count()},
    {"interval_ms", duration_cast<milliseconds>(interval_).count()},
    {"caches", std::move(caches)},
    {"trees", std::move(trees)},
    {"silent_trees", silent}};
  // Names may be any bytes.
  return result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace actor_cache::detail
