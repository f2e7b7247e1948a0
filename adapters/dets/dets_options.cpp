// What the options of the dets adapter do, and what tells files apart.

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/errc.hpp"

#include "dets_adapter.hpp"
#include "file_lock.hpp"
#include "tree.hpp"
#include "tree_check.hpp"

#include <fmt/format.h>

namespace actor_cache {

namespace {

constexpr size_t smallest_map = size_t{1} << 20;

caf::error refuse(std::string_view option, std::string_view value,
                  std::string_view accepted) {
  return make_error(errc::invalid_argument,
                    fmt::format("dets_options::{} is {}; accepted is {}",
                                option, value, accepted));
}

} // namespace

std::string to_string(sync_policy x) {
  constexpr auto names = names_of(sync_policy{});
  if (auto index = static_cast<size_t>(x); index < names.size())
    return std::string{names[index]};
  return fmt::format("sync_policy({})", static_cast<int>(x));
}

caf::error dets_options::validate() const {
  if (type > ets_type::duplicate_bag)
    return refuse("type", to_string(type), "set, bag or duplicate_bag");
  if (file_path.empty() || file_path.find('\0') != std::string::npos)
    return refuse("file_path",
                  file_path.empty() ? "empty" : "a text with a zero byte",
                  "the path of a file or of a directory");
  if (sync > sync_policy::never)
    return refuse("sync", to_string(sync), "every_write, interval or never");
  if (sync_interval <= timespan{0})
    return refuse("sync_interval", render(sync_interval),
                  "any duration above 0");
  if (ram_file && read_only)
    return refuse("ram_file", "set together with read_only", "one of them");
  if (map_size < smallest_map)
    return refuse("map_size", fmt::format("{}", map_size), "1 MiB or more");
  return {};
}

ets_options dets_options::stand_in() const {
  return {.type = type, .shards = 1, .compressed = true};
}

adapter_ptr dets_options::make(const adapter_context& context) const {
  return std::make_unique<dets_store::dets_adapter>(*this, context);
}

caf::expected<dets_file_info> inspect_dets_file(const std::string& path) {
  auto lock = dets_store::file_lock::take(path,
                                          dets_store::file_lock::mode::read);
  if (!lock)
    return std::move(lock.error());
  if (auto err = dets_store::check_tree(path, dets_store::check_depth::whole);
      !err.empty())
    return err;
  return dets_store::tree::inspect(path);
}

} // namespace actor_cache
