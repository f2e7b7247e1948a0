#include "adapter_kinds.hpp"

#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/adapters/persistent_term.hpp"
#include "actor_cache/adapters/redis.hpp"

#include "nearest_name.hpp"

#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <mutex>
#include <vector>

namespace actor_cache::detail {

namespace {

template <class T>
any_options_ptr defaults_of() {
  return std::make_shared<const options_of<T>>(T{});
}

/// The option that names the adapter of a group.
struct adapter_choice {
  std::string adapter;

  static constexpr auto fields = std::tuple{
    field{"adapter", &adapter_choice::adapter},
  };
};

constexpr std::string_view choice_name
  = std::get<0>(adapter_choice::fields).name;

std::string path_of_choice(const option_source& group) {
  return fmt::format("{}.{}", group.path, choice_name);
}

} // namespace

adapter_kinds::adapter_kinds()
  : kinds_{
      {"agent", defaults_of<agent_options>()},
      {"con_cache", defaults_of<con_cache_options>()},
      {"counter", defaults_of<counter_options>()},
      {"dets", defaults_of<dets_options>()},
      {"ets", defaults_of<ets_options>()},
      {"persistent_term", defaults_of<persistent_term_options>()},
      {"redis", defaults_of<redis_options>()},
    } {
  // nop
}

caf::error adapter_kinds::add(std::string name, any_options_ptr defaults) {
  std::unique_lock guard{mtx_};
  if (kinds_.try_emplace(name, std::move(defaults)).second)
    return {};
  return make_error(errc::name_taken,
                    fmt::format("there is an adapter named '{}' already; names "
                                "must be unique in an actor system",
                                name));
}

caf::expected<any_options_ptr>
adapter_kinds::find(const option_source& from) const {
  std::string name;
  if (auto err = read_option(from, name); !err.empty())
    return err;
  std::shared_lock guard{mtx_};
  if (auto i = kinds_.find(name); i != kinds_.end())
    return i->second;
  std::vector<std::string_view> known;
  for (const auto& x : kinds_)
    known.emplace_back(x.first);
  return make_error(errc::invalid_argument,
                    fmt::format("{} is \"{}\", which is no adapter; did you "
                                "mean '{}'? known adapters: {}",
                                from.path, name, nearest_name(name, known),
                                fmt::join(known, ", ")));
}

caf::expected<any_options_ptr>
read_adapter(const option_source& from, otherwise_fn otherwise,
             std::span<const option_table> more) {
  auto group = caf::get_as<caf::settings>(from.value);
  if (!group)
    return refuse(from, "a group of options, { name = value, ... }");
  auto name = group->find(to_caf(choice_name));
  auto chosen
    = name == group->end()
        ? otherwise()
        : from.kinds.find({name->second, path_of_choice(from), from.kinds});
  if (!chosen)
    return std::move(chosen.error());
  adapter_choice choice;
  std::shared_ptr<any_options> options = (*chosen)->clone();
  std::vector<option_table> tables{table_of(choice)};
  tables.insert(tables.end(), more.begin(), more.end());
  tables.push_back(options->table());
  if (auto err = read_options(from, tables); !err.empty())
    return err;
  if (auto err = at_path(from.path, options->validate()); !err.empty())
    return err;
  return any_options_ptr{std::move(options)};
}

} // namespace actor_cache::detail
