// What the options of the ets adapter do: check themselves and make a table.

#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/errc.hpp"

#include "bag_adapter.hpp"
#include "encoded_adapter.hpp"
#include "ets_adapter.hpp"
#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <thread>

namespace actor_cache {

namespace ets_table {

namespace {

constexpr size_t max_shards = 65536;

} // namespace

size_t shard_count(size_t shards, bool write_concurrency) {
  if (shards > 0)
    return shards;
  if (!write_concurrency)
    return 1;
  auto cores = std::max(std::thread::hardware_concurrency(), 1u);
  return std::min(std::bit_ceil(size_t{cores} * 32), max_shards);
}

caf::error check_shards(std::string_view options, size_t shards,
                        bool write_concurrency) {
  if (shards > 0 && (!std::has_single_bit(shards) || shards > max_shards))
    return make_error(errc::invalid_argument,
                      fmt::format("{}::shards is {}; accepted is 0 or a power "
                                  "of two up to {}",
                                  options, shards, max_shards));
  if (!write_concurrency && shards > 1)
    return make_error(errc::invalid_argument,
                      fmt::format("{}::shards is {} without write_concurrency; "
                                  "accepted is 0 or 1 then",
                                  options, shards));
  return {};
}

} // namespace ets_table

std::string to_string(ets_type x) {
  constexpr auto names = names_of(ets_type{});
  if (auto index = static_cast<size_t>(x); index < names.size())
    return std::string{names[index]};
  return fmt::format("ets_type({})", static_cast<int>(x));
}

caf::error ets_options::validate() const {
  if (auto err = ets_table::check_shards("ets_options", shards,
                                         write_concurrency);
      !err.empty())
    return err;
  if (type > ets_type::duplicate_bag)
    return make_error(errc::invalid_argument,
                      fmt::format("ets_options::type is {}; accepted is set, "
                                  "bag or duplicate_bag",
                                  to_string(type)));
  if (rehydration_path.find('\0') != std::string::npos)
    return make_error(errc::invalid_argument,
                      "ets_options::rehydration_path has a zero byte in it; "
                      "accepted is the path of a directory");
  return {};
}

ets_options ets_options::stand_in() const {
  return {.type = type, .shards = 1, .compressed = compressed};
}

adapter_ptr ets_options::make(const adapter_context& context) const {
  ets_table::rehydration file{*this, context};
  auto count = ets_table::shard_count(shards, write_concurrency);
  adapter_ptr result;
  if (type == ets_type::set)
    result = std::make_unique<ets_table::ets_adapter>(count, std::move(file));
  else
    result = std::make_unique<ets_table::bag_adapter>(type, count,
                                                      std::move(file));
  if (compressed)
    result = std::make_unique<ets_table::encoded_adapter>(std::move(result),
                                                          context.compression);
  return result;
}

} // namespace actor_cache
