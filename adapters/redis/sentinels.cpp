#include "sentinels.hpp"

#include "replies.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

namespace actor_cache::redis_wire {

namespace {

caf::expected<address> ask(const address& sentinel, const std::string& name,
                           const dial_settings& dial, const stop_signal& stop) {
  interruption by{stop};
  auto link = socket::dial(sentinel, dial, by);
  if (!link)
    return std::move(link.error());
  auto replies
    = (*link)->exchange({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name},
                        real_clock::now() + dial.timeout, &by);
  if (!replies)
    return std::move(replies.error());
  auto& reply = replies->front();
  if (reply.is_nil())
    return make_error(errc::unavailable,
                      fmt::format("the sentinel at {} knows no primary of the "
                                  "name \"{}\"",
                                  to_string(sentinel), name));
  auto parts = list_of(std::move(reply));
  if (!parts)
    return std::move(parts.error());
  if (parts->size() != 2 || !(*parts)[0].string() || !(*parts)[1].string())
    return unexpected(redis_reply{std::move(*parts)});
  const auto& host = *(*parts)[0].string();
  auto bracketed
    = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
  return parse_address(fmt::format("{}:{}", bracketed, *(*parts)[1].string()));
}

} // namespace

std::function<caf::expected<address>(const stop_signal&)>
ask_sentinels(const redis_options& options, dial_settings dial) {
  dial.as = {options.sentinel_username, options.sentinel_password, 0};
  dial.role = server_role::sentinel;
  std::vector<address> sentinels;
  for (const auto& node : options.nodes)
    sentinels.push_back(*parse_address(node)); // validated
  return [sentinels = std::move(sentinels), name = options.primary_name,
          dial = std::move(dial)](
           const stop_signal& stop) mutable -> caf::expected<address> {
    auto last = make_error(errc::unavailable, "there are no sentinels");
    for (size_t index = 0; index < sentinels.size(); ++index) {
      auto found = ask(sentinels[index], name, dial, stop);
      if (found) {
        // Next time, too, this one is asked first.
        std::swap(sentinels[0], sentinels[index]);
        return found;
      }
      last = std::move(found.error());
    }
    return last;
  };
}

} // namespace actor_cache::redis_wire
