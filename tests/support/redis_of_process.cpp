#include "redis_of_process.hpp"

#include "redis_client.hpp"
#include "redis_server.hpp"
#include "world.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace actor_cache::test {

namespace {

redis_server& server_of_process() {
  static redis_server result{{.driven_clock = true}};
  return result;
}

/// A cluster that begins as one: each server reads from a file what others
/// learn by talking to each other, which takes its time. On one driven clock no
/// server finds that another one has been silent for too long.
class still_cluster {
public:
  still_cluster() {
    std::array<uint16_t, size> ports;
    for (auto& port : ports)
      port = free_port(10000);
    for (size_t index = 0; index < size; ++index)
      servers_.push_back(std::make_unique<redis_server>(redis_server_options{
        .config = {"cluster-enabled yes", "cluster-node-timeout 1000000000000"},
        .driven_clock = index == 0,
        .clock_of = index == 0 ? nullptr : servers_[0].get(),
        .files = {{"nodes.conf", nodes(ports, index)}},
        .port = ports[index]}));
    for (auto& x : servers_)
      wait_until([&] {
        auto info = redis_client{x->socket()}({"CLUSTER", "INFO"});
        if (info.string()->find("cluster_state:ok") != std::string::npos)
          return true;
        // A primary that comes back takes no writes for two seconds, from its
        // first look at the clock on.
        clock() += 3'000'000;
        return false;
      });
  }

  std::atomic<int64_t>& clock() {
    return servers_[0]->clock();
  }

  void clear() {
    for (auto& x : servers_)
      redis_client{x->socket()}({"FLUSHALL"});
  }

  std::vector<std::string> addresses() const {
    std::vector<std::string> result;
    for (const auto& x : servers_)
      result.push_back(x->address());
    return result;
  }

private:
  static constexpr size_t size = 3;

  /// Returns what the server `self` knows of all.
  static std::string nodes(const std::array<uint16_t, size>& ports,
                           size_t self) {
    constexpr size_t slots = 16384;
    std::string result;
    for (size_t index = 0; index < size; ++index)
      result += fmt::format("{:040x} 127.0.0.1:{}@{} {}master - 0 0 {} "
                            "connected {}-{}\n",
                            index + 1, ports[index], ports[index] + 10000,
                            index == self ? "myself," : "", index + 1,
                            index * slots / size,
                            (index + 1) * slots / size - 1);
    return result + fmt::format("vars currentEpoch {} lastVoteEpoch 0\n", size);
  }

  std::vector<std::unique_ptr<redis_server>> servers_;
};

still_cluster& the_cluster() {
  static still_cluster result;
  return result;
}

} // namespace

redis_options cluster_of_process() {
  auto& cluster = the_cluster();
  cluster.clear();
  return {.topology = redis_topology::cluster, .nodes = cluster.addresses()};
}

std::atomic<int64_t>& clock_of_cluster() {
  return the_cluster().clock();
}

std::atomic<int64_t>& clock_of_redis() {
  return server_of_process().clock();
}

redis_options redis_of_process() {
  auto& server = server_of_process();
  redis_client{server.socket()}({"FLUSHALL"});
  return {.host = server.socket()};
}

} // namespace actor_cache::test
