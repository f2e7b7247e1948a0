// How the shape of a cluster is learned, and kept up with.

#include "cluster_servers.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace actor_cache::redis_wire {

namespace {

/// The time between two looks at the cluster, at least.
constexpr auto pause_between_refreshes = std::chrono::milliseconds{50};

/// The longest time while nobody can be asked.
constexpr auto longest_pause = std::chrono::milliseconds{3200};

} // namespace

cluster_servers::cluster_servers(const redis_options& options,
                                 connection_settings settings,
                                 std::vector<address> seeds)
  : options_(options),
    settings_(std::move(settings)),
    seeds_(std::move(seeds)) {
  // nop
}

cluster_servers::~cluster_servers() {
  stop();
}

void cluster_servers::start() {
  thread_ = std::thread{[this] { run(); }};
}

void cluster_servers::stop() {
  std::map<address, server_ptr> servers;
  std::vector<detail::waker> sleepers;
  {
    guard lock{mtx_};
    stopped_ = true;
    failure_ = cache_stopped();
    servers = servers_;
    changed_.notify_all();
    sleepers.swap(sleepers_);
  }
  for (auto& wake : sleepers)
    wake();
  for (auto& x : servers)
    x.second->stop();
  if (thread_.joinable())
    thread_.join();
}

// -- what is known ------------------------------------------------------------

caf::expected<cluster_servers::topology_ptr>
cluster_servers::current(real_time deadline) {
  for (;;) {
    {
      guard lock{mtx_};
      if (stopped_ || (!topology_ && !failure_.empty()))
        return failure_;
      if (topology_)
        return topology_;
    }
    if (real_clock::now() >= deadline)
      return make_error(errc::timeout, "the shape of the Redis Cluster could "
                                       "not be learned in time");
    await_refresh(deadline);
  }
}

caf::expected<cluster_servers::place>
cluster_servers::owner_of(uint16_t slot, real_time deadline) {
  auto now = current(deadline);
  if (!now)
    return std::move(now.error());
  auto owner = (*now)->owners[slot];
  if (owner != slot_map::nobody)
    return (*now)->primaries[owner];
  want_refresh();
  return make_error(
    errc::unavailable,
    fmt::format("no server of the Redis Cluster has the slot {}", slot));
}

server_ptr cluster_servers::server_at(const address& at, guard&) {
  if (stopped_)
    return nullptr;
  auto& result = servers_[at];
  if (result == nullptr) {
    auto settings = settings_;
    settings.where = [at](const interruption&) -> caf::expected<address> {
      return at;
    };
    result = std::make_shared<server>(options_, settings);
    result->start();
  }
  return result;
}

caf::expected<cluster_servers::place>
cluster_servers::place_at(const address& at) {
  guard lock{mtx_};
  auto it = server_at(at, lock);
  if (it == nullptr)
    return cache_stopped();
  return place{at, std::move(it)};
}

void cluster_servers::note_moved(const redirection& to) {
  guard lock{mtx_};
  refresh_wanted_ = true;
  changed_.notify_all();
  auto target = server_at(to.to, lock);
  if (topology_ == nullptr || target == nullptr)
    return;
  auto next = std::make_shared<topology>(*topology_);
  auto same = [&](const place& x) { return x.at == to.to; };
  auto i = std::find_if(next->primaries.begin(), next->primaries.end(), same);
  next->owners[to.slot] = static_cast<uint16_t>(i - next->primaries.begin());
  if (i == next->primaries.end())
    next->primaries.push_back({to.to, std::move(target)});
  topology_ = std::move(next);
}

// -- looking at the cluster ---------------------------------------------------

void cluster_servers::want_refresh() {
  guard lock{mtx_};
  refresh_wanted_ = true;
  changed_.notify_all();
}

void cluster_servers::await_refresh(real_time deadline) {
  guard lock{mtx_};
  auto seen = refreshes_;
  refresh_wanted_ = true;
  changed_.notify_all();
  auto* home = detail::fiber_pool::current();
  if (home == nullptr) {
    changed_.wait_until(lock, deadline,
                        [&] { return stopped_ || refreshes_ != seen; });
    return;
  }
  detail::timer::limit limit{timer_, deadline};
  while (!stopped_ && refreshes_ == seen && real_clock::now() < deadline) {
    sleepers_.push_back(home->wake_me());
    lock.unlock();
    auto goes_on = home->suspend();
    lock.lock();
    if (!goes_on)
      return;
  }
}

void cluster_servers::run() {
  guard lock{mtx_};
  back_off delays{pause_between_refreshes, longest_pause};
  std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> dice;
  while (!stopped_) {
    changed_.wait(lock, [this] { return stopped_ || refresh_wanted_; });
    if (stopped_)
      return;
    refresh_wanted_ = false;
    lock.unlock();
    auto map = ask_anybody();
    lock.lock();
    if (map) {
      failure_ = {};
      lock.unlock();
      adopt(std::move(*map));
      lock.lock();
    } else if (!stopped_) {
      failure_ = std::move(map.error());
      refresh_wanted_ = topology_ == nullptr;
    }
    ++refreshes_;
    changed_.notify_all();
    if (failure_.empty())
      delays.reset();
    auto sleepers = std::exchange(sleepers_, {});
    lock.unlock();
    for (auto& wake : sleepers)
      wake();
    lock.lock();
    changed_.wait_for(lock, delays.next(dice(random)),
                      [this] { return stopped_; });
  }
}

std::vector<address> cluster_servers::known() const {
  guard lock{mtx_};
  std::vector<address> result;
  if (topology_)
    for (const auto& x : topology_->primaries)
      result.push_back(x.at);
  for (const auto& x : seeds_)
    if (std::find(result.begin(), result.end(), x) == result.end())
      result.push_back(x);
  return result;
}

caf::expected<slot_map> cluster_servers::ask_anybody() {
  auto last = make_error(errc::unavailable, "no server is known");
  for (const auto& at : known()) {
    server_ptr whom;
    {
      guard lock{mtx_};
      whom = server_at(at, lock);
    }
    if (whom == nullptr)
      return last;
    auto& link = whom->shared({});
    auto reply = link.wait(*link.send({"CLUSTER", "SLOTS"}, repeat::harmless));
    auto map = reply ? parse_slots(*reply, at)
                     : caf::expected<slot_map>{std::move(reply.error())};
    if (map)
      return map;
    last = std::move(map.error());
  }
  return last;
}

bool cluster_servers::same_owners(const topology& lhs, const topology& rhs) {
  auto owner = [](const topology& x, size_t slot) {
    auto index = x.owners[slot];
    return index != slot_map::nobody ? &x.primaries[index].at : nullptr;
  };
  for (size_t slot = 0; slot < slot_count; ++slot) {
    const auto* before = owner(lhs, slot);
    const auto* after = owner(rhs, slot);
    if ((before == nullptr) != (after == nullptr)
        || (before != nullptr && *before != *after))
      return false;
  }
  return true;
}

void cluster_servers::adopt(slot_map map) {
  auto next = std::make_shared<topology>();
  next->owners = map.owners;
  std::vector<server_ptr> gone;
  {
    guard lock{mtx_};
    for (const auto& at : map.servers)
      if (auto it = server_at(at, lock))
        next->primaries.push_back({at, std::move(it)});
    if (stopped_)
      return;
    if (topology_ != nullptr && !same_owners(*topology_, *next))
      troubled_.clear();
    topology_ = std::move(next);
    auto serves = [&](const address& at) {
      return std::find(map.servers.begin(), map.servers.end(), at)
               != map.servers.end()
             || std::find(seeds_.begin(), seeds_.end(), at) != seeds_.end();
    };
    for (auto i = servers_.begin(); i != servers_.end();)
      if (serves(i->first)) {
        ++i;
      } else {
        gone.push_back(std::move(i->second));
        i = servers_.erase(i);
      }
  }
  for (auto& x : gone)
    x->stop(make_error(errc::unavailable,
                       "the server has left the Redis Cluster; what was under "
                       "way there may have been executed"));
}

} // namespace actor_cache::redis_wire
