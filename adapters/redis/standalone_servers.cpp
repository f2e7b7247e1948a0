#include "standalone_servers.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace actor_cache::redis_wire {

namespace {

bool says_read_only(const redis_reply& reply) {
  if (const auto* err = reply.error())
    return err->code() == "READONLY";
  const auto* items = reply.items();
  return items != nullptr
         && std::any_of(items->begin(), items->end(), says_read_only);
}

} // namespace

standalone_servers::standalone_servers(const redis_options& options,
                                       const connection_settings& settings)
  : server_(options, settings) {
  // nop
}

void standalone_servers::start() {
  server_.start();
}

void standalone_servers::stop() {
  server_.stop();
}

caf::expected<redis_reply>
standalone_servers::checked(caf::expected<redis_reply> reply) {
  if (reply && says_read_only(*reply))
    server_.renew();
  return reply;
}

caf::expected<redis_reply> standalone_servers::call(std::string_view key,
                                                    commands what, repeat again,
                                                    real_time deadline) {
  auto& link = server_.shared(key);
  return checked(link.wait(*link.send(std::move(what), again, deadline)));
}

borrowed_connection
standalone_servers::likely_connection(std::string_view key) {
  return {&server_.shared(key)};
}

std::vector<caf::expected<redis_reply>>
standalone_servers::call_each(std::vector<keyed_commands> what, repeat again,
                              real_time deadline) {
  std::vector<std::pair<connection*, request_ptr>> sent;
  sent.reserve(what.size());
  for (auto& [key, commands] : what) {
    auto& link = server_.shared(key);
    sent.emplace_back(&link, link.send(std::move(commands), again, deadline));
  }
  std::vector<caf::expected<redis_reply>> result;
  result.reserve(what.size());
  for (auto& [link, request] : sent)
    result.push_back(checked(link->wait(*request)));
  return result;
}

std::vector<std::vector<size_t>>
standalone_servers::group(std::span<const std::string> keys) const {
  if (keys.empty())
    return {};
  std::vector<size_t> all(keys.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return {std::move(all)};
}

size_t standalone_servers::count(real_time) {
  return 1;
}

caf::expected<std::vector<std::string>> standalone_servers::names(real_time) {
  return std::vector{std::string{}};
}

caf::expected<redis_reply>
standalone_servers::call_server(const std::string&, commands what, repeat again,
                                real_time deadline) {
  return call({}, std::move(what), again, deadline);
}

caf::expected<redis_reply> standalone_servers::call_alone(std::string_view,
                                                          commands what,
                                                          real_time deadline) {
  return checked(server_.exclusive().call(what, deadline));
}

caf::expected<redis_reply> standalone_servers::call_as_one(std::string_view,
                                                           commands what,
                                                           real_time deadline) {
  auto steps = std::array{commands{"MULTI"}, std::move(what)};
  return checked(server_.exclusive().call_in_steps(steps, deadline));
}

uint64_t standalone_servers::generation() const {
  return server_.times_connected();
}

connection_counts standalone_servers::connections() const {
  return server_.connections();
}

caf::expected<int64_t> standalone_servers::clock_offset(std::string_view key,
                                                        real_time deadline) {
  return server_.shared(key).clock_offset(deadline);
}

} // namespace actor_cache::redis_wire
