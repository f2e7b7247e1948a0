#include "subjects.hpp"

#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/adapters/persistent_term.hpp"
#include "actor_cache/adapters/redis_stand_in.hpp"

#include "redis_of_process.hpp"

#include "temporary_folder.hpp"

#include <atomic>

namespace actor_cache::test {

std::vector<subject> with_mail(std::vector<subject> xs) {
  for (size_t index = 0, end = xs.size(); index < end; ++index)
    if (auto x = xs[index]; x.road == road::direct) {
      x.name += " by mail";
      x.road = road::mail;
      xs.push_back(std::move(x));
    }
  return xs;
}

namespace {

/// Returns options for a file that there is not yet. In memory where there is a
/// file system for that: the contract is not about disks.
dets_options new_file(dets_options options) {
  static const temporary_folder folder{"/dev/shm"};
  static std::atomic<int> count{0};
  options.file_path = folder.path() + "/" + std::to_string(++count) + ".dets";
  return options;
}

} // namespace

const std::vector<subject>& subjects() {
  static const std::vector<subject> result = [] {
    std::vector<subject> xs{
      {"ets", [] { return ets_options{}; }, road::direct},
      {"ets with one shard", [] { return ets_options{.shards = 1}; },
       road::direct},
      {.name = "ets, compressed",
       .options = [] { return ets_options{.compressed = true}; },
       .road = road::direct,
       .live = false},
      {.name = "ets, bag",
       .options = [] { return ets_options{.type = ets_type::bag}; },
       .road = road::direct,
       .one_per_key = false},
      {.name = "ets, duplicate_bag",
       .options = [] { return ets_options{.type = ets_type::duplicate_bag}; },
       .road = road::direct,
       .one_per_key = false},
      {.name = "ets, compressed bag",
       .options
       = [] { return ets_options{.type = ets_type::bag, .compressed = true}; },
       .road = road::direct,
       .live = false,
       .one_per_key = false},
      {.name = "dets",
       .options = [] { return new_file({}); },
       .road = road::direct,
       .live = false},
      {.name = "dets, every write synced",
       .options = [] { return new_file({.sync = sync_policy::every_write}); },
       .road = road::direct,
       .live = false},
      {.name = "dets, never synced",
       .options = [] { return new_file({.sync = sync_policy::never}); },
       .road = road::direct,
       .live = false},
      {.name = "dets, in memory until it stops",
       .options = [] { return new_file({.ram_file = true}); },
       .road = road::direct,
       .live = false},
      {.name = "dets, bag",
       .options = [] { return new_file({.type = ets_type::bag}); },
       .road = road::direct,
       .live = false,
       .one_per_key = false},
      {.name = "dets, duplicate_bag, every write synced",
       .options =
         [] {
           return new_file({.type = ets_type::duplicate_bag,
                            .sync = sync_policy::every_write});
         },
       .road = road::direct,
       .live = false,
       .one_per_key = false},
      {"con_cache", [] { return con_cache_options{}; }, road::direct},
      {"con_cache, locked", [] { return con_cache_options{.dirty = false}; },
       road::direct},
      {"counter", [] { return counter_options{}; }, road::direct},
      {"persistent_term", [] { return persistent_term_options{}; },
       road::direct},
      {"agent", [] { return agent_options{}; }, road::mail},
      {.name = "redis",
       .options = [] { return redis_of_process(); },
       .road = road::direct,
       .live = false,
       .owned = false,
       .server_clock = clock_of_redis},
      {.name = "redis cluster",
       .options = [] { return cluster_of_process(); },
       .road = road::direct,
       .live = false,
       .owned = false,
       .server_clock = clock_of_cluster},
      {.name = "redis stand-in",
       .options = [] { return redis_stand_in_options{}; },
       .road = road::direct,
       .live = false},
      {.name = "sandbox",
       .options = [] { return agent_options{}; },
       .road = road::direct,
       .sandboxed = true},
    };
    return with_mail(std::move(xs));
  }();
  return result;
}

std::vector<subject> maps() {
  auto result = subjects();
  std::erase_if(result, [](const subject& x) { return !x.one_per_key; });
  return result;
}

std::vector<subject> owned_stores() {
  auto result = subjects();
  std::erase_if(result, [](const subject& x) { return !x.owned; });
  return result;
}

std::vector<subject> owned_maps() {
  auto result = maps();
  std::erase_if(result, [](const subject& x) { return !x.owned; });
  return result;
}

contract_world::contract_world(const subject& what, cache_spec spec)
  : road_(what.road) {
  if (what.server_clock)
    clock()->lead(what.server_clock());
  spec.name = cache_name;
  spec.adapter = what.options();
  spec.sandbox = what.sandboxed;
  start({timed(std::move(spec))});
  if (!what.sandboxed)
    return;
  auto registry = must(sandbox_registry::start(system()));
  box_.emplace(must(registry.start_here({cache_name})));
  must(registry.share(*box_)); // tests use threads of their own
}

void contract_world::crash(std::string_view name) {
  if (!box_) {
    world::crash(name);
    return;
  }
  crash_actor(find<int>(name));
}

} // namespace actor_cache::test
