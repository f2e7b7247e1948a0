#include "redis_surface.hpp"

#include "actor_cache/errc.hpp"

#include "glob.hpp"
#include "redis_errors.hpp"
#include "replies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::redis_wire {

namespace {

std::string to_redis_cursor(std::string_view cursor) {
  return cursor.empty() ? "0" : std::string{cursor};
}

std::string from_redis_cursor(std::string cursor) {
  return cursor == "0" ? std::string{} : std::move(cursor);
}

caf::error check_filter(const char* call, const scan_filter& filter) {
  if (filter.count > 0)
    return {};
  return make_error(
    errc::invalid_argument,
    fmt::format("{}: scan_filter::count is 0; accepted is 1 or more", call));
}

caf::error no_commands(const char* call, size_t index) {
  return make_error(errc::invalid_argument,
                    fmt::format("{}: command {} is empty; accepted are a name "
                                "and its arguments",
                                call, index));
}

caf::error check_commands(const char* call,
                          const std::vector<redis_command>& commands) {
  for (size_t i = 0; i < commands.size(); ++i)
    if (commands[i].empty())
      return no_commands(call, i);
  return {};
}

/// Returns the first error among replies, if there is one.
caf::expected<std::vector<redis_reply>>
without_errors(caf::expected<std::vector<redis_reply>> replies) {
  if (replies)
    for (const auto& x : *replies)
      if (const auto* failure = x.error())
        return to_error(*failure);
  return replies;
}

/// Returns for how many milliseconds a key is to live. It is still there in the
/// millisecond that Redis is told, and goes with the next one.
std::optional<int64_t> lifetime_until(time_point deadline, time_point now) {
  if (deadline == never)
    return std::nullopt;
  return std::max<int64_t>(to_milliseconds(deadline - now) - 1, 1);
}

} // namespace

redis_surface::redis_surface(redis_executor& run, std::string_view cache,
                             compression_options compression)
  : run_(run),
    prefix_(std::string{cache} + ":"),
    compression_(std::move(compression)) {
  // nop
}

void* redis_surface::find(std::string_view capability) noexcept {
  if (capability == hash_ops::capability_name)
    return static_cast<hash_ops*>(this);
  if (capability == set_ops::capability_name)
    return static_cast<set_ops*>(this);
  if (capability == json_ops::capability_name)
    return static_cast<json_ops*>(this);
  if (capability == key_scan::capability_name)
    return static_cast<key_scan*>(this);
  if (capability == command_ops::capability_name)
    return static_cast<command_ops*>(this);
  return nullptr;
}

std::string redis_surface::full(std::string_view key) const {
  return prefix_ + std::string{key};
}

caf::expected<std::vector<redis_reply>>
redis_surface::run_all(std::vector<redis_command> commands, time_point now) {
  return without_errors(run_.execute(std::move(commands), now));
}

caf::expected<redis_reply> redis_surface::run_one(redis_command command,
                                                  time_point now) {
  std::vector<redis_command> commands;
  commands.push_back(std::move(command));
  auto replies = run_all(std::move(commands), now);
  if (!replies)
    return std::move(replies.error());
  if (replies->size() != 1)
    return unexpected(redis_reply{std::move(*replies)});
  return std::move((*replies)[0]);
}

caf::expected<uint64_t> redis_surface::count(redis_command command,
                                             time_point now) {
  return count_of(run_one(std::move(command), now));
}

// -- hashes -------------------------------------------------------------------

caf::expected<std::optional<term>>
redis_surface::hash_get(std::string_view key, std::string_view field,
                        time_point now) {
  auto reply = run_one({"HGET", full(key), std::string{field}}, now);
  if (!reply)
    return std::move(reply.error());
  return optional_term_of(*reply);
}

caf::expected<hash_fields> redis_surface::hash_get_all(std::string_view key,
                                                       time_point now) {
  auto reply = run_one({"HGETALL", full(key)}, now);
  if (!reply)
    return std::move(reply.error());
  return fields_of(*reply);
}

caf::expected<std::vector<std::vector<std::optional<term>>>>
redis_surface::hash_get_many(
  const std::vector<std::pair<std::string, std::vector<std::string>>>& wanted,
  time_point now) {
  std::vector<redis_command> commands;
  for (const auto& [key, fields] : wanted) {
    if (fields.empty())
      continue;
    commands.push_back({"HMGET", full(key)});
    commands.back().insert(commands.back().end(), fields.begin(), fields.end());
  }
  auto replies = run_all(std::move(commands), now);
  if (!replies)
    return std::move(replies.error());
  std::vector<std::vector<std::optional<term>>> result;
  auto reply = replies->begin();
  for (const auto& [key, fields] : wanted) {
    auto& values = result.emplace_back();
    if (fields.empty())
      continue;
    if (reply == replies->end())
      return unexpected(redis_reply{std::move(*replies)});
    auto* items = reply->items();
    if (items == nullptr || items->size() != fields.size())
      return unexpected(*reply);
    ++reply;
    for (auto& item : *items) {
      auto value = optional_term_of(item);
      if (!value)
        return std::move(value.error());
      values.push_back(std::move(*value));
    }
  }
  return result;
}

caf::expected<std::vector<term>>
redis_surface::hash_values(std::string_view key, time_point now) {
  return terms_of(run_one({"HVALS", full(key)}, now));
}

caf::expected<bool>
redis_surface::hash_set(std::string_view key, std::string_view field,
                        const term& value, std::optional<time_point> deadline,
                        time_point now) {
  hash_fields fields{{std::string{field}, value}};
  auto added = hash_set_many({{std::string{key}, std::move(fields)}}, deadline,
                             now);
  if (!added)
    return std::move(added.error());
  return *added != 0;
}

caf::expected<uint64_t> redis_surface::hash_set_many(
  const std::vector<std::pair<std::string, hash_fields>>& hashes,
  std::optional<time_point> deadline, time_point now) {
  std::vector<redis_command> commands;
  for (const auto& [key, fields] : hashes) {
    if (fields.empty())
      continue;
    auto& command = commands.emplace_back(redis_command{"HSET", full(key)});
    for (const auto& [name, value] : fields) {
      auto bytes = value.bytes(compression_);
      if (!bytes)
        return std::move(bytes.error());
      command.push_back(name);
      command.push_back(std::move(*bytes));
    }
  }
  if (commands.empty())
    return uint64_t{0};
  auto replies = without_errors(
    deadline ? run_.set_hashes(std::move(commands),
                               lifetime_until(*deadline, now), now)
             : run_.execute(std::move(commands), now));
  if (!replies)
    return std::move(replies.error());
  uint64_t added = 0;
  for (const auto& x : *replies) {
    if (x.integer() == nullptr)
      return unexpected(x);
    added += static_cast<uint64_t>(*x.integer());
  }
  return added;
}

caf::expected<uint64_t>
redis_surface::hash_delete(std::string_view key,
                           const std::vector<std::string>& fields,
                           time_point now) {
  if (fields.empty())
    return uint64_t{0};
  redis_command command{"HDEL", full(key)};
  command.insert(command.end(), fields.begin(), fields.end());
  return count(std::move(command), now);
}

caf::expected<field_page>
redis_surface::hash_scan(std::string_view key, std::string_view cursor,
                         const scan_filter& filter, time_point now) {
  if (auto err = check_filter("hash_scan", filter); !err.empty())
    return err;
  if (!filter.type.empty())
    return make_error(errc::invalid_argument,
                      fmt::format("hash_scan: scan_filter::type is '{}'; "
                                  "fields have no type, accepted is an empty "
                                  "one",
                                  filter.type));
  auto reply = run_one({"HSCAN", full(key), to_redis_cursor(cursor), "MATCH",
                        filter.match, "COUNT", std::to_string(filter.count)},
                       now);
  if (!reply)
    return std::move(reply.error());
  auto part = scan_part_of(*reply);
  if (!part)
    return std::move(part.error());
  auto fields = fields_of(redis_reply{std::move(part->items)});
  if (!fields)
    return std::move(fields.error());
  return field_page{std::move(*fields),
                    from_redis_cursor(std::move(part->cursor))};
}

// -- sets ---------------------------------------------------------------------

caf::expected<uint64_t>
redis_surface::on_members(const char* name, std::string_view key,
                          const std::vector<term>& members, time_point now) {
  if (members.empty())
    return uint64_t{0};
  redis_command command{name, full(key)};
  for (const auto& x : members) {
    auto bytes = x.bytes(compression_);
    if (!bytes)
      return std::move(bytes.error());
    command.push_back(std::move(*bytes));
  }
  return count(std::move(command), now);
}

caf::expected<uint64_t> redis_surface::sadd(std::string_view key,
                                            const std::vector<term>& members,
                                            time_point now) {
  return on_members("SADD", key, members, now);
}

caf::expected<uint64_t> redis_surface::srem(std::string_view key,
                                            const std::vector<term>& members,
                                            time_point now) {
  return on_members("SREM", key, members, now);
}

caf::expected<std::vector<term>> redis_surface::smembers(std::string_view key,
                                                         time_point now) {
  return terms_of(run_one({"SMEMBERS", full(key)}, now));
}

caf::expected<bool> redis_surface::sismember(std::string_view key,
                                             const term& member,
                                             time_point now) {
  auto found = on_members("SISMEMBER", key, {member}, now);
  if (!found)
    return std::move(found.error());
  return *found != 0;
}

caf::expected<uint64_t> redis_surface::scard(std::string_view key,
                                             time_point now) {
  return count({"SCARD", full(key)}, now);
}

// -- keys and commands --------------------------------------------------------

caf::expected<key_page> redis_surface::scan_keys(std::string_view cursor,
                                                 const scan_filter& filter,
                                                 time_point now) {
  if (auto err = check_filter("scan_keys", filter); !err.empty())
    return err;
  redis_command command{"SCAN",  to_redis_cursor(cursor),
                        "MATCH", escape_glob(prefix_) + filter.match,
                        "COUNT", std::to_string(filter.count)};
  if (!filter.type.empty())
    command.insert(command.end(), {"TYPE", filter.type});
  auto reply = run_one(std::move(command), now);
  if (!reply)
    return std::move(reply.error());
  auto part = scan_part_of(*reply);
  if (!part)
    return std::move(part.error());
  key_page result;
  for (auto& x : part->items) {
    if (x.string() == nullptr || !x.string()->starts_with(prefix_))
      return unexpected(x);
    result.keys.push_back(x.string()->substr(prefix_.size()));
  }
  result.cursor = from_redis_cursor(std::move(part->cursor));
  return result;
}

caf::expected<redis_reply> redis_surface::command(const redis_command& what,
                                                  time_point now) {
  if (what.empty())
    return no_commands("command", 0);
  return run_one(what, now);
}

caf::expected<std::vector<redis_reply>>
redis_surface::pipeline(const std::vector<redis_command>& commands,
                        time_point now) {
  if (auto err = check_commands("pipeline", commands); !err.empty())
    return err;
  if (commands.empty())
    return std::vector<redis_reply>{};
  return run_.execute(commands, now);
}

caf::expected<std::vector<redis_reply>>
redis_surface::transaction(const std::vector<redis_command>& commands,
                           time_point now) {
  if (auto err = check_commands("transaction", commands); !err.empty())
    return err;
  if (commands.empty())
    return std::vector<redis_reply>{};
  return run_.execute_as_one(commands, now);
}

} // namespace actor_cache::redis_wire
