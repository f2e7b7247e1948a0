#include "slots.hpp"

#include "replies.hpp"

#include "actor_cache/errc.hpp"

#include <algorithm>
#include <charconv>

namespace actor_cache::redis_wire {

namespace {

/// The remainders of CRC-16/XMODEM, as the specification of Redis Cluster asks
/// for: polynomial 0x1021, nothing reflected, begins with 0.
constexpr std::array<uint16_t, 256> make_crc_table() {
  std::array<uint16_t, 256> result{};
  for (unsigned index = 0; index < 256; ++index) {
    auto x = static_cast<uint16_t>(index << 8);
    for (auto bit = 0; bit < 8; ++bit)
      x = static_cast<uint16_t>((x & 0x8000) != 0 ? x << 1 ^ 0x1021 : x << 1);
    result[index] = x;
  }
  return result;
}

constexpr auto crc_table = make_crc_table();

uint16_t crc16(std::string_view bytes) noexcept {
  uint16_t result = 0;
  for (auto c : bytes) {
    auto index = (result >> 8 ^ static_cast<unsigned char>(c)) & 0xFF;
    result = static_cast<uint16_t>(result << 8 ^ crc_table[index]);
  }
  return result;
}

std::optional<size_t> slot_number(const redis_reply& reply) {
  const auto* number = reply.integer();
  if (number == nullptr || *number < 0
      || *number >= static_cast<int64_t>(slot_count))
    return std::nullopt;
  return static_cast<size_t>(*number);
}

/// Reads [host, port, id, ...].
std::optional<address> server_of(const redis_reply& reply,
                                 const address& asked) {
  const auto* items = reply.items();
  if (items == nullptr || items->size() < 2 || !(*items)[1].integer())
    return std::nullopt;
  const auto* host = (*items)[0].string();
  return address{host != nullptr && !host->empty() ? *host : asked.host,
                 static_cast<uint16_t>(*(*items)[1].integer())};
}

uint16_t index_of(slot_map& map, const address& server) {
  auto i = std::find(map.servers.begin(), map.servers.end(), server);
  auto result = static_cast<uint16_t>(i - map.servers.begin());
  if (i == map.servers.end())
    map.servers.push_back(server);
  return result;
}

} // namespace

uint16_t slot_of(std::string_view key) noexcept {
  auto begin = key.find('{');
  if (begin != std::string_view::npos) {
    auto end = key.find('}', begin + 1);
    if (end != std::string_view::npos && end > begin + 1)
      key = key.substr(begin + 1, end - begin - 1);
  }
  return static_cast<uint16_t>(crc16(key) % slot_count);
}

caf::expected<slot_map> parse_slots(const redis_reply& reply,
                                    const address& asked) {
  const auto* ranges = reply.items();
  if (ranges == nullptr)
    return unexpected(reply);
  slot_map result;
  result.owners.fill(slot_map::nobody);
  for (const auto& range : *ranges) {
    const auto* items = range.items();
    if (items == nullptr || items->size() < 3)
      return unexpected(reply);
    auto first = slot_number((*items)[0]);
    auto last = slot_number((*items)[1]);
    auto server = server_of((*items)[2], asked);
    if (!first || !last || !server)
      return unexpected(reply);
    auto owner = index_of(result, *server);
    for (auto slot = *first; slot <= *last; ++slot)
      result.owners[slot] = owner;
  }
  if (result.servers.empty())
    return make_error(errc::unavailable, "no server of the Redis Cluster has "
                                         "any slots");
  return result;
}

std::optional<redirection> parse_redirection(const redis_reply& reply,
                                             const address& asked) {
  const auto* err = reply.error();
  if (err == nullptr || (err->code() != "MOVED" && err->code() != "ASK"))
    return std::nullopt;
  // MOVED <slot> <host>:<port>
  auto text = std::string_view{err->message};
  text.remove_prefix(std::min(err->code().size() + 1, text.size()));
  redirection result;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(),
                                        result.slot);
  if (failure != std::errc{} || result.slot >= slot_count)
    return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (!text.starts_with(' '))
    return std::nullopt;
  text.remove_prefix(1);
  auto to = parse_address(text.starts_with(':') ? asked.host + std::string{text}
                                                : std::string{text});
  if (!to)
    return std::nullopt;
  result.to = std::move(*to);
  result.once = err->code() == "ASK";
  return result;
}

} // namespace actor_cache::redis_wire
