// A thousand callers miss the same key at the same moment. With a plain get,
// load and put they all load; with get_or_create one of them does, and the
// others wait for its value.

#include "actor_cache/actor_cache.hpp"

#include "support/must.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace examples;

using report_cache = actor_cache::cache<std::string>;

/// A database that can be asked by all at once, but is slow.
class database {
public:
  std::string query() {
    ++queries_;
    std::this_thread::sleep_for(200ms);
    return "all is well";
  }

  int queries() const noexcept {
    return queries_;
  }

private:
  std::atomic<int> queries_ = 0;
};

std::string unprotected(const report_cache& reports, database& db) {
  if (auto found = must(reports.get("unprotected")))
    return *found;
  auto loaded = db.query();
  must(reports.put("unprotected", loaded));
  return loaded;
}

std::string by_get_or_create(const report_cache& reports, database& db) {
  return must(reports.get_or_create("protected", [&] { return db.query(); }));
}

/// Has a thousand threads call `read` at the same moment.
void stampede(const char* name, const report_cache& reports,
              std::string (*read)(const report_cache&, database&)) {
  constexpr auto callers = 1000;
  database db;
  std::atomic<int> served = 0;
  std::latch together{callers};
  std::vector<std::jthread> threads;
  for (auto i = 0; i < callers; ++i)
    threads.emplace_back([&] {
      together.arrive_and_wait();
      if (read(reports, db) == "all is well")
        ++served;
    });
  threads.clear(); // waits for them
  fmt::print("{:<20} {} callers served, database asked {} times\n", name,
             served.load(), db.queries());
}

} // namespace

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    auto supervisor = must(actor_cache::start_supervisor(
      system, {actor_cache::cache_spec{.name = "reports"}}));
    auto reports = must(report_cache::find(system, "reports"));
    stampede("get, load and put:", reports, unprotected);
    stampede("get_or_create:", reports, by_get_or_create);
  } catch (const std::exception& ex) {
    fmt::print(stderr, "04_stampede: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}
