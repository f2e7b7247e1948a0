// Writes on a condition, and what takes an entry out, in one round trip.

#include "redis_adapter.hpp"

#include "envelope.hpp"
#include "replies.hpp"
#include "script.hpp"

namespace actor_cache::redis_wire {

namespace {

/// Stores the value if the entry that is there is the one wanted: none for "",
/// any for "+", else the one with that version. The offsets are those of the
/// envelope; numbers are compared in halves, since Lua's have 53 bits.
///
/// Arguments: what is wanted, the time, the value, and milliseconds, if any.
/// Returns whether it stored the value, and the header of what was there.
const script& store_if() {
  static const script result{R"(
local head = redis.pcall('GETRANGE', KEYS[1], 0, 23)
if type(head) == 'table' then
  return head
end
local found = ''
if head ~= '' then
  if #head < 24 or string.sub(head, 1, 4) ~= '\172\1\0\0' then
    return {0, head}
  end
  local high, low = struct.unpack('>i4I4', head, 17)
  local now_high, now_low = struct.unpack('>i4I4', ARGV[2])
  if now_high < high or now_high == high and now_low < low then
    found = string.sub(head, 9, 16)
  end
end
local wanted = ARGV[1]
if wanted ~= found and (wanted ~= '+' or found == '') then
  return {0, head}
end
if ARGV[4] then
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[3])
end
return {1, head}
)"};
  return result;
}

/// Removes what is an entry, whose time may be over; returns what was there.
const script& take_out() {
  static const script result{R"(
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'string' and #found >= 24
   and string.sub(found, 1, 4) == '\172\1\0\0' then
  redis.call('UNLINK', KEYS[1])
end
return found
)"};
  return result;
}

std::string condition_of(const precondition& wanted) {
  switch (wanted.what) {
    case precondition::kind::present:
      return "+";
    case precondition::kind::version:
      return envelope_bytes(wanted.version);
    default:
      return {};
  }
}

/// Notes what a header says about the entry that was there.
caf::error note_found(conditional::outcome& result, std::string_view header,
                      int64_t now) {
  if (header.empty())
    return {};
  auto head = open_envelope(header);
  if (!head)
    return std::move(head.error());
  if (now < head->deadline)
    result.found = head->version;
  else
    result.expired = true;
  return {};
}

} // namespace

caf::expected<conditional::outcome>
redis_adapter::put_if(std::string_view key, entry next, precondition wanted,
                      time_point now) {
  auto deadline = end_of_call();
  auto name = full(key);
  auto what = seal(name, next, now, deadline);
  if (!what)
    return std::move(what.error());
  auto offset = servers_->clock_offset(name, deadline);
  if (!offset)
    return std::move(offset.error());
  auto time = on_server(now, *offset);
  if (wanted.what == precondition::kind::absent) {
    auto done = put_new(name, *what, time, deadline);
    if (!done)
      return std::move(done.error());
    if (*done)
      return **done;
  }
  return put_where(name, *what, condition_of(wanted), time, deadline);
}

caf::expected<conditional::outcome>
redis_adapter::put_where(const std::string& name, const stored& what,
                         const std::string& condition, int64_t now,
                         real_time deadline) {
  auto time = envelope_bytes(static_cast<uint64_t>(now));
  auto run = [&](std::initializer_list<argument> arguments) {
    return list_of(store_if().run(*servers_, name, arguments, deadline));
  };
  auto reply = what.lifetime
                 ? run({condition, time, what.bytes, *what.lifetime})
                 : run({condition, time, what.bytes});
  if (!reply)
    return std::move(reply.error());
  if (reply->size() != 2 || !(*reply)[0].integer() || !(*reply)[1].string())
    return unexpected(redis_reply{std::move(*reply)});
  outcome result;
  if (auto err = note_found(result, *(*reply)[1].string(), now); !err.empty())
    return err;
  if (*(*reply)[0].integer() == 1)
    result.written = what.version;
  return result;
}

caf::expected<std::optional<conditional::outcome>>
redis_adapter::put_new(const std::string& name, const stored& what, int64_t now,
                       real_time deadline) {
  commands both;
  both.reserve(what.bytes.size() + 2 * name.size() + 160);
  if (what.lifetime)
    both.add({"SET", name, what.bytes, "PX", *what.lifetime, "NX"});
  else
    both.add({"SET", name, what.bytes, "NX"});
  both.add({"GETRANGE", name, 0, envelope::header_size - 1});
  auto reply = servers_->call(name, std::move(both), repeat::never, deadline);
  if (!reply)
    return std::move(reply.error());
  auto& replies = *reply->items();
  outcome result;
  if (!replies[0].is_nil()) {
    if (auto done = answer(std::move(replies[0])); !done)
      return std::move(done.error());
    result.written = what.version;
    return std::optional{result};
  }
  // An entry whose time is over may be there still, for those who take a stale
  // value; or what is there has gone meanwhile, or is none.
  const auto* header = replies[1].string();
  if (header == nullptr || !note_found(result, *header, now).empty()
      || result.found == 0)
    return std::optional<outcome>{};
  return std::optional{result};
}

caf::expected<std::optional<entry>> redis_adapter::take(std::string_view key,
                                                        time_point now) {
  auto deadline = end_of_call();
  auto name = full(key);
  auto reply = take_out().run(*servers_, name, {}, deadline);
  if (!reply)
    return std::move(reply.error());
  return open(name, std::move(*reply), now, deadline);
}

} // namespace actor_cache::redis_wire
