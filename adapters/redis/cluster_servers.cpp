// How calls find their servers. How the cluster's shape is learned is in
// cluster_topology.cpp.

#include "cluster_servers.hpp"

#include "apart.hpp"

#include "actor_cache/errc.hpp"

#include <algorithm>

namespace actor_cache::redis_wire {

namespace {

/// Redirections of one call, after which something is wrong with the cluster.
constexpr int max_redirections = 16;

bool has_code(const redis_reply& reply, std::string_view code) {
  const auto* err = reply.error();
  return err != nullptr && err->code() == code;
}

/// Returns the reply that tells whether the commands were executed at all: that
/// to the first, or where a transaction was refused, why it was.
const redis_reply& decisive(const redis_reply& reply) {
  const auto* items = reply.items();
  if (items == nullptr || items->empty())
    return reply;
  if (!has_code(items->back(), "EXECABORT"))
    return items->front();
  auto failed = [](const redis_reply& x) { return x.error() != nullptr; };
  return *std::find_if(items->begin(), items->end(), failed);
}

const commands& ask() {
  static const commands result{"ASKING"};
  return result;
}

/// Asks a server to execute commands on a slot that is yet to be its own: each
/// of them, or all of a transaction.
commands asking(const commands& what) {
  static const commands multi{"MULTI"};
  auto parts = what.split();
  auto at_once = parts.front() == multi.bytes();
  commands result;
  for (size_t index = 0; index < parts.size(); ++index) {
    if (index == 0 || !at_once)
      result.add_bytes(ask().bytes());
    result.add_bytes(parts[index]);
  }
  return result;
}

/// Undoes that, for what was sent and for the reply to it.
commands without_asking(const commands& what) {
  commands result;
  for (auto part : what.split())
    if (part != ask().bytes())
      result.add_bytes(part);
  return result;
}

redis_reply without_asking(const commands& sent, redis_reply reply) {
  auto* items = reply.items();
  auto parts = sent.split();
  if (items == nullptr || items->size() != parts.size())
    return reply;
  redis_reply::array result;
  for (size_t index = 0; index < parts.size(); ++index)
    if (parts[index] != ask().bytes())
      result.push_back(std::move((*items)[index]));
  if (result.size() == 1)
    return std::move(result.front());
  return redis_reply{std::move(result)};
}

/// Takes the reply to ASKING off the others.
redis_reply without_first(redis_reply reply) {
  auto* items = reply.items();
  if (items == nullptr || items->size() < 2)
    return reply;
  items->erase(items->begin());
  return items->size() > 1 ? std::move(reply)
                           : redis_reply{std::move(items->front())};
}

/// Whether the slot has no server for now.
bool does_not_serve(const redis_reply& reply) {
  return has_code(reply, "CLUSTERDOWN") || has_code(reply, "MASTERDOWN");
}

} // namespace

// -- one call -----------------------------------------------------------------

real_time cluster_servers::end_of_call(real_time deadline) const {
  return std::min(deadline, deadline_of_call(real_clock::now(),
                                             settings_.command_timeout));
}

cluster_servers::attempt
cluster_servers::send(const place& where, std::string_view key, commands what,
                      repeat again, real_time deadline) {
  auto& link = where.it->shared(key);
  return {where, &link, link.send(std::move(what), again, deadline)};
}

caf::expected<redis_reply> cluster_servers::call(std::string_view key,
                                                 commands what, repeat again,
                                                 real_time deadline) {
  deadline = end_of_call(deadline);
  auto where = owner_of(slot_of(key), deadline);
  if (!where)
    return std::move(where.error());
  return settle(send(*where, key, std::move(what), again, deadline), key, again,
                deadline);
}

borrowed_connection cluster_servers::likely_connection(std::string_view key) {
  if (any_trouble_)
    return {};
  guard lock{mtx_};
  if (topology_ == nullptr)
    return {};
  auto owner = topology_->owners[slot_of(key)];
  if (owner == slot_map::nobody)
    return {};
  auto where = topology_->primaries[owner].it;
  return {&where->shared(key), where};
}

caf::expected<redis_reply>
cluster_servers::settle(attempt last, std::string_view key, repeat again,
                        real_time deadline) {
  auto asked = false;
  for (auto redirections = 0;;) {
    auto reply = last.link->wait(*last.sent);
    auto what = last.sent->what;
    if (asked) {
      if (reply)
        reply = without_asking(what, std::move(*reply));
      what = without_asking(what);
    }
    auto to = reply ? parse_redirection(decisive(*reply), last.where.at)
                    : std::nullopt;
    auto trouble = !reply || does_not_serve(decisive(*reply));
    if (!trouble)
      note_served(last.where.at);
    if (reply && has_code(decisive(*reply), "TRYAGAIN"))
      if (auto parts = take_apart(what); !parts.empty())
        return call_apart(parts, again, deadline);
    auto until = trouble ? std::min(deadline, end_of_patience(last.where.at))
                         : deadline;
    auto patience = reply
                      ? trouble || has_code(decisive(*reply), "TRYAGAIN")
                      : again == repeat::harmless || !last.sent->may_have_run;
    if ((!to && !patience) || real_clock::now() >= until)
      return reply;
    asked = to && to->once;
    auto where = caf::expected<place>{last.where};
    if (to) {
      if (++redirections > max_redirections)
        return reply;
      if (!to->once)
        note_moved(*to);
      where = place_at(to->to);
    } else {
      await_refresh(until);
      where = owner_of(slot_of(key), deadline);
    }
    if (!where)
      return std::move(where.error());
    last = send(*where, key, asked ? asking(what) : std::move(what), again,
                deadline);
  }
}

// The keys of the slot are here and there as long as somebody moves it.
caf::expected<redis_reply> cluster_servers::call_apart(
  const std::vector<std::pair<std::string, commands>>& parts, repeat again,
  real_time deadline) {
  std::vector<keyed_commands> calls;
  calls.reserve(parts.size());
  for (const auto& [key, what] : parts)
    calls.push_back({key, what});
  return put_together(call_each(std::move(calls), again, deadline));
}

real_time cluster_servers::end_of_patience(const address& with) {
  auto now = real_clock::now();
  guard lock{mtx_};
  refresh_wanted_ = true;
  changed_.notify_all();
  if (!failure_.empty())
    return now;
  any_trouble_ = true;
  return troubled_.try_emplace(with, now + settings_.command_timeout)
    .first->second;
}

void cluster_servers::note_served(const address& by) {
  if (!any_trouble_.load(std::memory_order_relaxed))
    return;
  guard lock{mtx_};
  troubled_.erase(by);
  any_trouble_ = !troubled_.empty();
}

// -- many calls ---------------------------------------------------------------

std::vector<caf::expected<redis_reply>>
cluster_servers::call_each(std::vector<keyed_commands> what, repeat again,
                           real_time deadline) {
  deadline = end_of_call(deadline);
  std::vector<caf::expected<attempt>> sent;
  sent.reserve(what.size());
  std::vector<connection*> links;
  for (auto& [key, commands] : what) {
    auto where = owner_of(slot_of(key), deadline);
    if (!where) {
      sent.emplace_back(std::move(where.error()));
      continue;
    }
    sent.emplace_back(send(*where, key, std::move(commands), again, deadline));
    auto* link = sent.back()->link;
    if (std::find(links.begin(), links.end(), link) == links.end())
      links.push_back(link);
  }
  // All servers work at the same time.
  for (auto* link : links)
    link->flush();
  std::vector<caf::expected<redis_reply>> result;
  result.reserve(what.size());
  for (size_t index = 0; index < sent.size(); ++index)
    if (sent[index])
      result.push_back(
        settle(std::move(*sent[index]), what[index].key, again, deadline));
    else
      result.emplace_back(std::move(sent[index].error()));
  return result;
}

std::vector<std::vector<size_t>>
cluster_servers::group(std::span<const std::string> keys) const {
  std::map<uint16_t, std::vector<size_t>> slots;
  for (size_t index = 0; index < keys.size(); ++index)
    slots[slot_of(keys[index])].push_back(index);
  std::vector<std::vector<size_t>> result;
  result.reserve(slots.size());
  for (auto& x : slots)
    result.push_back(std::move(x.second));
  return result;
}

// -- the servers one by one ---------------------------------------------------

size_t cluster_servers::count(real_time deadline) {
  auto now = current(end_of_call(deadline));
  return now ? (*now)->primaries.size() : 1;
}

caf::expected<std::vector<std::string>>
cluster_servers::names(real_time deadline) {
  auto now = current(end_of_call(deadline));
  if (!now)
    return std::move(now.error());
  const auto& [primaries, owners] = **now;
  std::vector<bool> seen(primaries.size());
  std::vector<std::string> result;
  // Whoever takes the slots of another one takes its place in this order.
  for (auto owner : owners)
    if (owner != slot_map::nobody && !seen[owner]) {
      seen[owner] = true;
      result.push_back(to_string(primaries[owner].at));
    }
  return result;
}

caf::expected<redis_reply>
cluster_servers::call_server(const std::string& name, commands what,
                             repeat again, real_time deadline) {
  deadline = end_of_call(deadline);
  auto now = current(deadline);
  if (!now)
    return std::move(now.error());
  const auto& all = (*now)->primaries;
  auto where = std::find_if(all.begin(), all.end(), [&](const place& x) {
    return to_string(x.at) == name;
  });
  if (where == all.end())
    return make_error(errc::unavailable,
                      "the server " + name + " has left the Redis Cluster");
  auto& link = where->it->shared({});
  auto reply = link.wait(*link.send(std::move(what), again, deadline));
  if (!reply)
    want_refresh();
  return reply;
}

caf::expected<redis_reply> cluster_servers::call_alone(std::string_view key,
                                                       commands what,
                                                       real_time deadline) {
  return call_in_steps(key, {std::move(what)}, deadline);
}

caf::expected<redis_reply> cluster_servers::call_as_one(std::string_view key,
                                                        commands what,
                                                        real_time deadline) {
  return call_in_steps(key, {commands{"MULTI"}, std::move(what)}, deadline);
}

caf::expected<redis_reply> cluster_servers::call_in_steps(
  std::string_view key, std::vector<commands> steps, real_time deadline) {
  auto asked = false;
  auto where = owner_of(slot_of(key), deadline);
  for (auto redirections = 0; where; ++redirections) {
    auto sent = steps;
    if (asked)
      sent.front() = asking(steps.front());
    auto reply = where->it->exclusive().call_in_steps(sent, deadline);
    if (!reply)
      want_refresh();
    else if (asked)
      reply = without_first(std::move(*reply));
    auto to = reply ? parse_redirection(decisive(*reply), where->at)
                    : std::nullopt;
    if (!to || redirections == max_redirections)
      return reply;
    asked = to->once;
    if (!asked)
      note_moved(*to);
    where = asked ? place_at(to->to) : owner_of(slot_of(key), deadline);
  }
  return std::move(where.error());
}

uint64_t cluster_servers::generation() const {
  guard lock{mtx_};
  uint64_t result = 0;
  for (const auto& x : servers_)
    result += x.second->times_connected();
  return result;
}

connection_counts cluster_servers::connections() const {
  connection_counts result;
  guard lock{mtx_};
  for (const auto& x : servers_) {
    auto more = x.second->connections();
    result.shared += more.shared;
    result.shared_up += more.shared_up;
    result.exclusive += more.exclusive;
    result.exclusive_in_use += more.exclusive_in_use;
    result.exclusive_limit += more.exclusive_limit;
    result.times_connected += more.times_connected;
  }
  return result;
}

caf::expected<int64_t> cluster_servers::clock_offset(std::string_view key,
                                                     real_time deadline) {
  deadline = end_of_call(deadline);
  auto where = owner_of(slot_of(key), deadline);
  if (!where)
    return std::move(where.error());
  return where->it->shared(key).clock_offset(deadline);
}

} // namespace actor_cache::redis_wire
