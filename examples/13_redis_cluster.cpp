// A cache on a Redis Cluster: the keys are spread over all servers, and calls
// find their way. Takes the addresses of some of the servers.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/redis.hpp"

#include "support/must.hpp"

#include <caf/all.hpp>

#include <iostream>

using examples::must;

namespace {

using numbers = actor_cache::cache<int, actor_cache::redis>;

void fill(const numbers& xs, int count) {
  std::vector<std::pair<std::string, int>> entries;
  for (int index = 0; index < count; ++index)
    entries.emplace_back("n" + std::to_string(index), index);
  // One write to each server, all at the same time.
  must(xs.put_many(entries));
}

/// Keys with the same text in braces share a server, and so a transaction.
void transfer(const numbers& xs) {
  auto replies = must(xs.transaction({{"SET", "numbers:{bank}:ada", "90"},
                                      {"SET", "numbers:{bank}:bob", "10"}}));
  std::cout << "as one step: " << replies.size() << " commands\n";
}

void run(caf::actor_system& system, const std::vector<std::string>& servers) {
  actor_cache::redis_options options{
    .topology = actor_cache::redis_topology::cluster, .nodes = servers};
  auto tree = must(actor_cache::start_supervisor(
    system, {actor_cache::cache_spec{.name = "numbers", .adapter = options}}));
  auto xs = must(numbers::find(system, "numbers"));
  fill(xs, 1000);
  auto some = must(xs.get_many({"n1", "n500", "n999", "n1000"}));
  std::cout << some[0].value() << ", " << some[1].value() << ", "
            << some[2].value() << ", " << (some[3] ? "a value" : "nothing")
            << "\n"
            << must(xs.size()) << " entries on all servers\n"
            << "counted up to " << must(xs.increment("n999")) << "\n";
  transfer(xs);
  must(actor_cache::stop_supervisor(system, tree));
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: 13_redis_cluster <host>:<port> ...\n";
    return 2;
  }
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    run(system, {argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& ex) {
    std::cerr << ex.what() << "\n";
    return 1;
  }
}
