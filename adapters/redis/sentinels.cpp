#include "sentinels.hpp"

#include "dial.hpp"
#include "replies.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace actor_cache::redis_wire {

namespace {

caf::expected<address> ask(const address& sentinel, const std::string& name,
                           const dial_settings& dial, const interruption& by) {
  auto link = redis_wire::dial(sentinel, dial, by);
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

/// The sentinels of a primary; the one that answered last is asked first.
///
/// Thread safety: all members may be called at the same time.
class sentinel_list {
public:
  explicit sentinel_list(std::vector<address> all) : all_(std::move(all)) {
    // nop
  }

  std::vector<address> all() const {
    std::lock_guard guard{mtx_};
    return all_;
  }

  void prefer(const address& which) {
    std::lock_guard guard{mtx_};
    auto i = std::find(all_.begin(), all_.end(), which);
    std::rotate(all_.begin(), i, i + 1);
  }

private:
  mutable std::mutex mtx_;
  std::vector<address> all_;
};

} // namespace

std::function<caf::expected<address>(const interruption&)>
ask_sentinels(const redis_options& options, dial_settings dial) {
  dial.as = {options.sentinel_username, options.sentinel_password, 0};
  dial.role = server_role::sentinel;
  std::vector<address> all;
  for (const auto& node : options.nodes)
    all.push_back(*parse_address(node)); // validated
  auto sentinels = std::make_shared<sentinel_list>(std::move(all));
  return [sentinels, name = options.primary_name, dial = std::move(dial)](
           const interruption& by) -> caf::expected<address> {
    auto last = make_error(errc::unavailable, "there are no sentinels");
    for (const auto& at : sentinels->all()) {
      auto found = ask(at, name, dial, by);
      if (found) {
        sentinels->prefer(at);
        return found;
      }
      last = std::move(found.error());
    }
    return last;
  };
}

} // namespace actor_cache::redis_wire
