#include "redis_cluster.hpp"

#include "world.hpp"

#include <fmt/format.h>

namespace actor_cache::test {

namespace {

constexpr size_t slots = 16384;

void must_be_ok(const redis_reply& reply) {
  if (const auto* err = reply.error())
    fail("redis: " + err->message);
}

} // namespace

redis_cluster::redis_cluster(size_t primaries, bool followed,
                             const redis_server_options& like)
  : primaries_(primaries) {
  auto count = followed ? 2 * primaries : primaries;
  // A busy machine is not to look like a server that is gone, where no other
  // one could take its place.
  auto patience = followed ? 1000 : 10'000;
  auto options = like;
  options.config.insert(
    options.config.end(),
    {"cluster-enabled yes", fmt::format("cluster-node-timeout {}", patience),
     "cluster-replica-validity-factor 0", "repl-diskless-sync-delay 0"});
  for (size_t index = 0; index < count; ++index)
    servers_.push_back(std::make_unique<redis_server>(options));
  for (size_t index = 0; index < primaries; ++index) {
    auto first = index * slots / primaries;
    auto last = (index + 1) * slots / primaries - 1;
    must_be_ok(
      ask(primary(index), {"CLUSTER", "ADDSLOTSRANGE", std::to_string(first),
                           std::to_string(last)}));
    must_be_ok(ask(primary(index),
                   {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(index + 1)}));
  }
  for (auto& x : servers_)
    must_be_ok(ask(primary(0),
                   {"CLUSTER", "MEET", x->host(), std::to_string(x->port())}));
  await_agreement();
  for (size_t index = 0; followed && index < primaries; ++index)
    must_be_ok(
      ask(follower(index), {"CLUSTER", "REPLICATE", id(primary(index))}));
  if (followed)
    await_followers();
}

void redis_cluster::await_agreement() {
  auto all = std::to_string(servers_.size());
  for (auto& x : servers_)
    wait_until([&] {
      auto info = *ask(*x, {"CLUSTER", "INFO"}).string();
      return info.find("cluster_state:ok") != std::string::npos
             && info.find("cluster_known_nodes:" + all) != std::string::npos;
    });
}

void redis_cluster::await_followers() {
  for (size_t index = 0; index < primaries_; ++index) {
    auto name = id(primary(index));
    wait_until([&] {
      return (*ask(primary(index), {"ROLE"}).items())[2].items()->size() == 1;
    });
    for (auto& x : servers_)
      wait_until([&] {
        return ask(*x, {"CLUSTER", "REPLICAS", name}).items()->size() == 1;
      });
  }
}

std::vector<std::string> redis_cluster::nodes() const {
  std::vector<std::string> result;
  for (const auto& x : servers_)
    result.push_back(x->address());
  return result;
}

redis_reply redis_cluster::ask(redis_server& server,
                               const std::vector<std::string>& command) {
  return redis_client{server.socket()}(command);
}

std::string redis_cluster::id(redis_server& server) {
  return *ask(server, {"CLUSTER", "MYID"}).string();
}

void redis_cluster::move_keys(uint16_t slot, redis_server& from,
                              redis_server& to, int count) {
  auto keys = ask(from, {"CLUSTER", "GETKEYSINSLOT", std::to_string(slot),
                         std::to_string(count)});
  for (const auto& key : *keys.items())
    must_be_ok(ask(from, {"MIGRATE", to.host(), std::to_string(to.port()),
                          *key.string(), "0", "5000"}));
}

void redis_cluster::begin_move(uint16_t slot, redis_server& from,
                               redis_server& to) {
  auto number = std::to_string(slot);
  must_be_ok(ask(to, {"CLUSTER", "SETSLOT", number, "IMPORTING", id(from)}));
  must_be_ok(ask(from, {"CLUSTER", "SETSLOT", number, "MIGRATING", id(to)}));
  auto count = ask(from, {"CLUSTER", "COUNTKEYSINSLOT", number});
  move_keys(slot, from, to, static_cast<int>(*count.integer() / 2));
}

void redis_cluster::end_move(uint16_t slot, redis_server& from,
                             redis_server& to) {
  move_keys(slot, from, to, 1'000'000);
  for (auto* x : {&to, &from})
    must_be_ok(
      ask(*x, {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id(to)}));
}

} // namespace actor_cache::test
