#include "server_executor.hpp"

#include "../json/command.hpp"

#include "command_info.hpp"
#include "cursor.hpp"
#include "redis_errors.hpp"
#include "replies.hpp"
#include "script.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::redis_wire {

namespace {

/// Stores a document, or removes it without a third argument, if its text is
/// still the second one; its lifetime stays. A missing document is the text
/// "-", a present one has "+" in front.
const script& swap_document() {
  static const script result{R"(
local now = redis.call('GET', KEYS[1])
if (now and '+' .. now or '-') ~= ARGV[1] then
  return 0
end
if ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else
  redis.call('UNLINK', KEYS[1])
end
return 1
)"};
  return result;
}

/// Sets fields of a hash, some of them at a time, since Lua hands over no more,
/// and how many milliseconds it lives from then on; for ever without a number.
/// What is no hash is left alone, and so is the hash of a user who may not set
/// its lifetime, as far as the server tells that beforehand (from 7.0 on).
const script& set_hash() {
  static const script result{R"(
local lifetime = {'PEXPIRE', KEYS[1], ARGV[1]}
if ARGV[1] == '' then
  lifetime = {'PERSIST', KEYS[1]}
end
if redis.acl_check_cmd and not redis.acl_check_cmd(unpack(lifetime)) then
  return redis.error_reply('NOPERM this user has no permissions to run the \''
                           .. lifetime[1]:lower() .. '\' command')
end
local added = 0
for first = 2, #ARGV, 2000 do
  local last = math.min(first + 1999, #ARGV)
  local done = redis.pcall('HSET', KEYS[1], unpack(ARGV, first, last))
  if type(done) == 'table' then
    return done
  end
  added = added + done
end
redis.call(unpack(lifetime))
return added
)"};
  return result;
}

commands encode(std::span<const redis_command> what) {
  commands result;
  for (const auto& x : what)
    result.add(std::span<const std::string>{x});
  return result;
}

repeat repeatable(std::span<const redis_command> what) {
  return std::all_of(what.begin(), what.end(), only_reads) ? repeat::harmless
                                                           : repeat::never;
}

/// Returns what stands for a reply that did not come, among such that did.
redis_reply in_place_of(const caf::error& why) {
  return redis_error{
    fmt::format("{} {}", why == errc::timeout ? "TIMEOUT" : "UNAVAILABLE",
                message_of(why))};
}

redis_reply::array as_list(redis_reply reply, size_t count) {
  if (count != 1)
    return std::move(*reply.items());
  redis_reply::array result;
  result.push_back(std::move(reply));
  return result;
}

} // namespace

real_time server_executor::end_of_call() const {
  return deadline_of_call(real_clock::now(), options_.command_timeout);
}

// -- one after the other ------------------------------------------------------

caf::expected<std::vector<redis_reply>>
server_executor::execute(std::vector<redis_command> commands, time_point) {
  auto deadline = end_of_call();
  std::vector<redis_reply> result;
  result.reserve(commands.size());
  size_t begin = 0;
  auto send_up_to = [&](size_t end) -> caf::error {
    if (begin == end)
      return {};
    auto replies = run_plain({commands.data() + begin, end - begin}, deadline);
    begin = end;
    if (!replies)
      return std::move(replies.error());
    std::move(replies->begin(), replies->end(), std::back_inserter(result));
    return {};
  };
  for (size_t index = 0; index < commands.size(); ++index) {
    auto special = is_special(commands[index], deadline);
    if (!special)
      return std::move(special.error());
    if (!*special)
      continue;
    if (auto err = send_up_to(index); !err.empty())
      return err;
    auto reply = run_special(commands[index], deadline);
    if (!reply)
      return std::move(reply.error());
    if (blocks_for(commands[index]))
      deadline = end_of_call(); // the others have theirs
    result.push_back(std::move(*reply));
    begin = index + 1;
  }
  if (auto err = send_up_to(commands.size()); !err.empty())
    return err;
  return result;
}

caf::expected<redis_reply::array>
server_executor::run_plain(std::span<const redis_command> what,
                           real_time deadline) {
  if (servers_->count(deadline) == 1) {
    auto reply = servers_->call(key_of(what.front()), encode(what),
                                repeatable(what), deadline);
    if (!reply)
      return std::move(reply.error());
    return as_list(std::move(*reply), what.size());
  }
  std::vector<keyed_commands> calls;
  calls.reserve(what.size());
  for (const auto& x : what)
    calls.push_back({key_of(x), encode({&x, 1})});
  auto replies = servers_->call_each(std::move(calls), repeatable(what),
                                     deadline);
  auto there = [](const auto& x) { return static_cast<bool>(x); };
  if (std::none_of(replies.begin(), replies.end(), there))
    return std::move(replies.front().error());
  redis_reply::array result;
  for (auto& reply : replies)
    result.push_back(reply ? std::move(*reply) : in_place_of(reply.error()));
  return result;
}

caf::expected<bool> server_executor::is_special(const redis_command& command,
                                                real_time deadline) {
  if (why_not_shared(command) || blocks_for(command)
      || has_name(command, "SCAN"))
    return true;
  if (!detail::is_json_command(command.front()))
    return false;
  auto native = has_json_module(deadline);
  if (!native)
    return std::move(native.error());
  return !*native;
}

caf::expected<redis_reply>
server_executor::run_special(const redis_command& command, real_time deadline) {
  if (auto why = why_not_shared(command))
    return redis_reply{redis_error{std::move(*why)}};
  if (auto time = blocks_for(command))
    return run_blocking(command, *time);
  if (has_name(command, "SCAN"))
    return run_scan(command, deadline);
  return run_json(command, deadline);
}

caf::expected<redis_reply>
server_executor::run_blocking(const redis_command& command,
                              std::chrono::milliseconds time) {
  auto now = real_clock::now();
  // In the coarser unit: the other way round the longest times overflow.
  auto longest = std::chrono::floor<std::chrono::milliseconds>(
    real_time::max() - now - options_.command_timeout);
  auto deadline = time >= longest ? real_time::max()
                                  : now + options_.command_timeout + time;
  return servers_->call_alone(key_of(command), encode({&command, 1}), deadline);
}

/// The cursors of a cluster name the server, too.
caf::expected<redis_reply>
server_executor::run_scan(const redis_command& command, real_time deadline) {
  auto at = cursor::parse(command.size() > 1 ? command[1] : std::string{});
  if (!at)
    return redis_reply{redis_error{"ERR invalid cursor"}};
  auto all = servers_->names(deadline);
  if (!all)
    return std::move(all.error());
  if (auto err = at->enter(*all); !err.empty())
    return err;
  auto native = command;
  if (command.size() > 1)
    native[1] = at->position;
  auto reply = servers_->call_server(at->server, encode({&native, 1}),
                                     repeat::harmless, deadline);
  auto* parts = reply ? reply->items() : nullptr;
  if (parts == nullptr || parts->empty() || !parts->front().string())
    return reply;
  auto next = at->next(*parts->front().string(), *all);
  parts->front() = redis_reply{next ? next->render() : "0"};
  return reply;
}

// -- as one step --------------------------------------------------------------

caf::error server_executor::why_not_as_one(std::span<const redis_command> what,
                                           real_time deadline) {
  std::vector<std::string> keys;
  for (const auto& x : what) {
    if (auto why = why_not_shared(x))
      return to_error({std::move(*why)});
    auto special = is_special(x, deadline);
    if (!special)
      return std::move(special.error());
    if (*special && !has_name(x, "SCAN") && !blocks_for(x))
      return make_error(errc::not_supported,
                        fmt::format("transaction: {} is carried out here, not "
                                    "by the server, which has no JSON module; "
                                    "accepted are the server's own commands",
                                    x.front()));
    if (auto key = key_of(x); !key.empty())
      keys.emplace_back(key);
  }
  if (auto slots = servers_->group(keys).size(); slots > 1)
    return make_error(errc::invalid_argument,
                      fmt::format("transaction: its keys are in {} slots; "
                                  "accepted are those of one, e.g. by a common "
                                  "part in braces",
                                  slots));
  return {};
}

caf::expected<std::vector<redis_reply>>
server_executor::execute_as_one(std::vector<redis_command> what, time_point) {
  if (what.empty())
    return std::vector<redis_reply>{};
  auto deadline = end_of_call();
  if (auto err = why_not_as_one(what, deadline); !err.empty())
    return err;
  auto keyed = std::find_if(what.begin(), what.end(),
                            [](const auto& x) { return !key_of(x).empty(); });
  auto key = keyed != what.end() ? key_of(*keyed) : std::string_view{};
  auto reply = servers_->call_as_one(key, encode(what).add({"EXEC"}), deadline);
  if (!reply)
    return std::move(reply.error());
  auto* replies = reply->items();
  if (replies == nullptr || replies->empty())
    return unexpected(*reply); // MULTI was refused
  if (auto* results = replies->back().items())
    return std::move(*results);
  const auto* end = replies->back().error();
  if (end == nullptr)
    return unexpected(replies->back());
  // What was refused first tells more than the end of it all.
  auto refused = [](const redis_reply& x) { return x.error() != nullptr; };
  auto first = std::find_if(replies->begin(), replies->end(), refused)->error();
  if (first == end)
    return to_error(*end);
  return to_error({fmt::format("{} ({})", end->message, first->message)});
}

// -- hashes -------------------------------------------------------------------

caf::expected<std::vector<redis_reply>>
server_executor::set_hashes(std::vector<redis_command> sets,
                            std::optional<int64_t> lifetime, time_point) {
  std::vector<script::call> calls;
  calls.reserve(sets.size());
  for (const auto& x : sets) {
    auto& call = calls.emplace_back(script::call{x[1], {}});
    call.arguments.reserve(x.size() - 1);
    if (lifetime)
      call.arguments.emplace_back(*lifetime);
    else
      call.arguments.emplace_back("");
    call.arguments.insert(call.arguments.end(), x.begin() + 2, x.end());
  }
  std::vector<redis_reply> result;
  for (auto& x : set_hash().run_each(*servers_, calls, end_of_call())) {
    if (!x)
      return std::move(x.error());
    result.push_back(std::move(*x));
  }
  return result;
}

// -- JSON ---------------------------------------------------------------------

caf::expected<bool> server_executor::has_json_module(real_time deadline) {
  if (options_.json != redis_json::automatic)
    return options_.json == redis_json::native;
  auto generation = servers_->generation();
  auto known = json_module_.load();
  if (known / 2 == generation && generation != 0)
    return known % 2 == 1;
  auto info = list_of(servers_->call({}, {"COMMAND", "INFO", "JSON.GET"},
                                     repeat::harmless, deadline));
  if (!info)
    return std::move(info.error());
  auto native = !info->empty() && info->front().items() != nullptr;
  // Should there be another connection meanwhile, that one is asked again.
  json_module_ = 2 * std::max<uint64_t>(generation, 1) + (native ? 1 : 0);
  return native;
}

caf::expected<redis_reply>
server_executor::run_json(const redis_command& command, real_time deadline) {
  if (command.size() < 2)
    return redis_reply{redis_error{fmt::format(
      "ERR wrong number of arguments for '{}' command", command.front())}};
  const auto& key = command[1];
  key_queue::turn turn{edits_, key, deadline};
  if (!turn.why_not().empty())
    return turn.why_not();
  for (size_t late = 0;; ++late) {
    auto done = try_json(command, deadline);
    if (done && *done)
      return std::move(**done);
    if (done ? real_clock::now() >= deadline
             : late > 0 && done.error() == errc::timeout)
      return overtaken(key, done ? late + 1 : late);
    if (!done)
      return std::move(done.error());
  }
}

caf::expected<std::optional<redis_reply>>
server_executor::try_json(const redis_command& command, real_time deadline) {
  using result = std::optional<redis_reply>;
  const auto& key = command[1];
  auto found = servers_->call(key, {"GET", key}, repeat::harmless, deadline);
  if (!found)
    return std::move(found.error());
  if (found->error() != nullptr)
    return result{std::move(*found)};
  std::optional<std::string> text;
  if (auto* bytes = found->string())
    text = std::move(*bytes);
  auto seen = text ? "+" + *text : std::string{"-"};
  auto outcome = detail::run_json_command_on_text(text, command);
  if (!outcome.changed)
    return result{std::move(outcome.reply)};
  auto done = integer_of(
    text ? swap_document().run(*servers_, key, {seen, *text}, deadline)
         : swap_document().run(*servers_, key, {seen}, deadline));
  if (!done)
    return std::move(done.error());
  return *done == 1 ? result{std::move(outcome.reply)} : result{};
}

} // namespace actor_cache::redis_wire
