// The calls for many keys.

#include "redis_adapter.hpp"

#include "actor_cache/errc.hpp"

#include "cursor.hpp"
#include "envelope.hpp"
#include "glob.hpp"
#include "replies.hpp"

#include <fmt/format.h>

namespace actor_cache::redis_wire {

namespace {

/// Keys that one step of a scan of the whole server looks at.
constexpr int64_t step = 1000;

/// Returns the names that begin with `prefix`, as all should.
std::vector<std::string> names_of(const redis_reply::array& keys,
                                  std::string_view prefix) {
  std::vector<std::string> result;
  result.reserve(keys.size());
  for (const auto& x : keys)
    if (const auto* name = x.string(); name && name->starts_with(prefix))
      result.push_back(*name);
  return result;
}

/// Returns a command that names some of `keys`.
commands naming(std::string_view command, std::span<const std::string> keys,
                const std::vector<size_t>& which) {
  commands result;
  result.begin(1 + which.size()).append(command);
  for (auto index : which)
    result.append(keys[index]);
  return result;
}

} // namespace

caf::expected<redis_adapter::key_page>
redis_adapter::scan_keys(cursor from, std::string_view pattern, size_t limit,
                         std::string_view type, real_time deadline) {
  auto all = servers_->names(deadline);
  if (!all)
    return std::move(all.error());
  if (auto err = from.enter(*all); !err.empty())
    return err;
  commands command;
  if (type.empty())
    command.add({"SCAN", from.position, "MATCH", pattern, "COUNT", limit});
  else
    command.add(
      {"SCAN", from.position, "MATCH", pattern, "COUNT", limit, "TYPE", type});
  auto reply = servers_->call_server(from.server, std::move(command),
                                     repeat::harmless, deadline);
  if (!reply)
    return std::move(reply.error());
  auto part = scan_part_of(*reply);
  if (!part)
    return std::move(part.error());
  return key_page{names_of(part->items, prefix_),
                  from.next(part->cursor, *all)};
}

caf::error redis_adapter::for_each_page(
  detail::function_ref<caf::error(std::span<const std::string>)> visit) {
  std::optional<cursor> at = cursor{};
  while (at) {
    auto page = scan_keys(*at, escape_glob(prefix_) + "*", step, {},
                          end_of_call());
    if (!page)
      return std::move(page.error());
    if (auto err = visit(page->names); !err.empty())
      return err;
    at = page->next;
  }
  return {};
}

caf::expected<size_t> redis_adapter::size(time_point) {
  size_t result = 0;
  auto err = for_each_page([&](std::span<const std::string> names) {
    result += names.size();
    return caf::error{};
  });
  if (!err.empty())
    return err;
  return result;
}

caf::error redis_adapter::clear() {
  return for_each_page([this](std::span<const std::string> names) {
    auto count = unlink(names, end_of_call());
    return count ? caf::error{} : std::move(count.error());
  });
}

caf::expected<scan_page> redis_adapter::scan(std::string_view from,
                                             size_t limit, time_point now) {
  auto at = cursor::parse(from);
  if (!at)
    return std::move(at.error());
  auto deadline = end_of_call();
  auto keys = scan_keys(*at, escape_glob(prefix_) + "*", limit, "string",
                        deadline);
  if (!keys)
    return std::move(keys.error());
  auto found = read(keys->names, strangers::passed_over, now, deadline);
  if (!found)
    return std::move(found.error());
  scan_page result;
  for (size_t index = 0; index < found->size(); ++index)
    if (auto& x = (*found)[index])
      result.entries.emplace_back(keys->names[index].substr(prefix_.size()),
                                  std::move(*x));
  if (keys->next)
    result.cursor = keys->next->render();
  return result;
}

caf::expected<std::vector<std::optional<entry>>>
redis_adapter::read(std::span<const std::string> names, strangers what,
                    time_point now, real_time deadline) {
  auto groups = servers_->group(names);
  std::vector<keyed_commands> calls;
  calls.reserve(groups.size());
  for (const auto& group : groups)
    calls.push_back({names[group.front()], naming("MGET", names, group)});
  auto replies = servers_->call_each(std::move(calls), repeat::harmless,
                                     deadline);
  std::vector<std::optional<entry>> result(names.size());
  for (size_t number = 0; number < groups.size(); ++number) {
    auto values = list_of(std::move(replies[number]));
    if (!values)
      return std::move(values.error());
    if (values->size() != groups[number].size())
      return unexpected(redis_reply{std::move(*values)});
    for (size_t index = 0; index < groups[number].size(); ++index) {
      auto where = groups[number][index];
      auto& value = (*values)[index];
      if (const auto* bytes = value.string(); bytes != nullptr
                                              && !is_envelope(*bytes)
                                              && what == strangers::passed_over)
        continue;
      auto found = open(names[where], std::move(value), now, deadline);
      if (!found)
        return std::move(found.error());
      result[where] = std::move(*found);
    }
  }
  return result;
}

caf::expected<size_t> redis_adapter::unlink(std::span<const std::string> names,
                                            real_time deadline) {
  auto groups = servers_->group(names);
  std::vector<keyed_commands> calls;
  calls.reserve(groups.size());
  for (const auto& group : groups)
    calls.push_back({names[group.front()], naming("UNLINK", names, group)});
  size_t result = 0;
  for (auto& reply :
       servers_->call_each(std::move(calls), repeat::harmless, deadline)) {
    auto count = integer_of(std::move(reply));
    if (!count)
      return std::move(count.error());
    result += static_cast<size_t>(*count);
  }
  return result;
}

caf::expected<std::vector<std::optional<entry>>>
redis_adapter::get_many(std::span<const std::string> keys, time_point now) {
  return read(full(keys), strangers::refused, now, end_of_call());
}

caf::error
redis_adapter::put_many(std::span<const std::pair<std::string, entry>> entries,
                        time_point now) {
  auto deadline = end_of_call();
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& x : entries)
    names.push_back(full(x.first));
  std::vector<keyed_commands> calls;
  calls.reserve(entries.size());
  for (size_t index = 0; index < entries.size(); ++index) {
    auto what = seal(names[index], entries[index].second, now, deadline);
    if (!what)
      return std::move(what.error());
    calls.push_back({names[index], set(names[index], *what)});
  }
  for (auto& reply :
       servers_->call_each(std::move(calls), repeat::never, deadline))
    if (auto done = answer(std::move(reply)); !done)
      return std::move(done.error());
  return {};
}

caf::expected<size_t>
redis_adapter::erase_many(std::span<const std::string> keys, time_point) {
  return unlink(full(keys), end_of_call());
}

std::vector<std::string>
redis_adapter::full(std::span<const std::string> keys) const {
  std::vector<std::string> result;
  result.reserve(keys.size());
  for (const auto& x : keys)
    result.push_back(full(x));
  return result;
}

} // namespace actor_cache::redis_wire
