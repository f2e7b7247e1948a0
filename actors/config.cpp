#include "actor_cache/config.hpp"

#include "actor_cache/errc.hpp"

#include "../adapters/adapter_kinds.hpp"
#include "cache_registry.hpp"
#include "dotted_keys.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/config_option_adder.hpp>
#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

namespace actor_cache {

namespace {

using detail::option_entry;
using detail::option_source;
using detail::option_table;
using group_ptr = const caf::settings*;

constexpr std::string_view root_name = "actor_cache";

constexpr std::string_view caches_name = "caches";

std::string path_of(std::string_view cache) {
  return fmt::format("{}.{}.{}", root_name, caches_name, cache);
}

detail::adapter_kinds& kinds_of(caf::actor_system& system) {
  return detail::cache_registry::of(system).kinds();
}

/// Returns the options that each cache has, whatever its adapter.
std::span<const option_entry> common_options() {
  cache_spec spec;
  return detail::table_of(spec).entries;
}

bool is_common(std::string_view option) {
  return std::ranges::any_of(common_options(), [option](const auto& entry) {
    return entry.name == option;
  });
}

caf::error require_group(void*, const option_source& from) {
  if (caf::get_if<caf::settings>(&from.value) != nullptr)
    return {};
  return detail::refuse(from, "a group of caches, { name { ... } ... }");
}

/// What there may be in the group of this library.
constexpr option_entry sections[] = {{caches_name, &require_group}};

/// Returns the group that has a group for each cache, null where there is none.
caf::expected<group_ptr> all_caches(caf::actor_system& system) {
  const auto* root = caf::get_if(&caf::content(system.config()),
                                 detail::to_caf(root_name));
  if (root == nullptr)
    return group_ptr{nullptr};
  option_table table{nullptr, sections};
  option_source from{*root, std::string{root_name}, kinds_of(system)};
  if (auto err = detail::read_options(from, {&table, 1}); !err.empty())
    return err;
  const auto* group = caf::get_if<caf::settings>(root);
  return group == nullptr
           ? group_ptr{nullptr}
           : caf::get_if<caf::settings>(group, detail::to_caf(caches_name));
}

/// Returns the group of the cache `name`, null where there is none. A file may
/// have a name with dots as one key; the command line makes groups of its
/// parts.
caf::expected<const caf::config_value*> find_cache(caf::actor_system& system,
                                                   std::string_view name) {
  auto caches = all_caches(system);
  if (!caches)
    return std::move(caches.error());
  const caf::config_value* result = nullptr;
  if (*caches != nullptr) {
    auto i = (*caches)->find(detail::to_caf(name));
    result = i != (*caches)->end() ? &i->second
                                   : caf::get_if(*caches, detail::to_caf(name));
  }
  return result;
}

/// Returns whether all options of a group are such as each cache has.
bool all_common(const caf::config_value& value) {
  auto group = caf::get_as<caf::settings>(value);
  return group && std::ranges::all_of(*group, [](const auto& option) {
           return is_common(option.first);
         });
}

/// Reads a group into `spec`.
caf::expected<cache_spec> read_cache(caf::actor_system& system,
                                     const option_source& from,
                                     cache_spec spec) {
  auto common = detail::table_of(spec);
  if (all_common(from.value)) {
    if (auto err = detail::read_options(from, {&common, 1}); !err.empty())
      return err;
  } else {
    auto adapter = detail::read_adapter(from,
                                        [&] {
                                          return spec.adapter.resolve(
                                            {spec.name, spec.compression,
                                             spec.clock, &system});
                                        },
                                        {&common, 1});
    if (!adapter)
      return std::move(adapter.error());
    spec.adapter = adapter_options{std::move(*adapter)};
  }
  if (auto err = detail::at_path(from.path, spec.validate()); !err.empty())
    return err;
  return spec;
}

/// Refuses options of the cache where only those of its adapter are read.
caf::error refuse_common(const option_source& from) {
  auto group = caf::get_as<caf::settings>(from.value);
  if (!group)
    return {};
  for (const auto& option : *group)
    if (is_common(option.first))
      return make_error(errc::invalid_argument,
                        fmt::format("{}.{}: an option of the cache, where "
                                    "from_config reads those of its adapter; "
                                    "use configured(system, spec), or "
                                    "caches_from_config(system)",
                                    from.path, option.first));
  return {};
}

/// Reads a group that is for an adapter alone.
caf::expected<adapter_options> read_alone(const option_source& from,
                                          const adapter_context& context) {
  if (auto err = refuse_common(from); !err.empty())
    return err;
  auto options = detail::read_adapter(from, [&context] {
    return cache_spec{}.adapter.resolve(context);
  });
  if (!options)
    return std::move(options.error());
  return adapter_options{std::move(*options)};
}

/// Tells CAF of the options of the command line that begin with `prefix`.
void declare_options(caf::actor_system_config& config,
                     std::span<const char* const> arguments,
                     std::string_view prefix) {
  auto& known = config.custom_options();
  auto begin = fmt::format("--{}.", prefix);
  for (std::string_view argument : arguments) {
    if (!argument.starts_with(begin))
      continue;
    auto name = argument.substr(2, argument.find('=') - 2);
    auto dot = name.rfind('.');
    if (known.qualified_name_lookup(detail::to_caf(name)) != nullptr)
      continue;
    caf::config_option_adder{known, detail::to_caf(name.substr(0, dot))}
      .add<std::string>(detail::to_caf(name.substr(dot + 1)),
                        "an option of a cache");
  }
}

/// Returns the text of the first configuration file that there is, empty where
/// there is none.
std::string config_file_text(const caf::actor_system_config& config,
                             std::span<const char* const> arguments) {
  constexpr std::string_view option = "--config-file=";
  auto paths = detail::default_config_files(config);
  for (std::string_view argument : arguments)
    if (argument.starts_with(option))
      paths = {std::string{argument.substr(option.size())}};
  for (const auto& path : paths)
    if (std::ifstream file{path}; file.is_open())
      return {std::istreambuf_iterator<char>{file}, {}};
  return {};
}

} // namespace

caf::expected<adapter_options>
from_config::operator()(const adapter_context& context) const {
  auto where = path.empty() ? path_of(context.cache_name) : path;
  if (context.system == nullptr)
    return make_error(errc::invalid_argument,
                      fmt::format("there is no actor system to read {} from",
                                  where));
  auto& system = *context.system;
  auto group = path.empty() ? find_cache(system, context.cache_name)
                            : caf::get_if(&caf::content(system.config()),
                                          detail::to_caf(path));
  if (!group)
    return std::move(group.error());
  if (*group == nullptr)
    return make_error(errc::invalid_argument,
                      fmt::format("the configuration has no {}, which the "
                                  "adapter of cache '{}' is to be read from",
                                  where, context.cache_name));
  return read_alone({**group, std::move(where), kinds_of(system)}, context);
}

caf::expected<cache_spec> configured(caf::actor_system& system,
                                     cache_spec defaults) {
  auto group = find_cache(system, defaults.name);
  if (!group)
    return std::move(group.error());
  if (*group == nullptr)
    return defaults;
  option_source from{**group, path_of(defaults.name), kinds_of(system)};
  return read_cache(system, from, std::move(defaults));
}

caf::expected<std::vector<cache_spec>>
caches_from_config(caf::actor_system& system) {
  std::vector<cache_spec> result;
  auto caches = all_caches(system);
  if (!caches)
    return std::move(caches.error());
  if (*caches == nullptr)
    return result;
  for (const auto& [name, group] : **caches) {
    auto spec = read_cache(system, {group, path_of(name), kinds_of(system)},
                           {.name = name});
    if (!spec)
      return std::move(spec.error());
    result.push_back(std::move(*spec));
  }
  return result;
}

caf::error prepare_config(caf::actor_system_config& config, int argc,
                          const char* const* argv, std::string_view prefix) {
  std::span arguments{argv, static_cast<size_t>(std::max(argc, 0))};
  declare_options(config, arguments, prefix);
  if (detail::reads_dotted_keys)
    return {};
  auto file = detail::parse_dotted(config_file_text(config, arguments));
  if (!file)
    return std::move(file.error());
  detail::merge(config.content, *file);
  return {};
}

caf::error detail::register_adapter(caf::actor_system& system, std::string name,
                                    any_options_ptr defaults) {
  for (const auto& entry : defaults->clone()->table().entries)
    if (is_common(entry.name))
      return make_error(errc::invalid_argument,
                        fmt::format("adapter '{}' has an option '{}', as each "
                                    "cache has; its name must be another one",
                                    name, entry.name));
  return kinds_of(system).add(std::move(name), std::move(defaults));
}

} // namespace actor_cache
