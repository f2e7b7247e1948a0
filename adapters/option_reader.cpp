#include "actor_cache/detail/option_reader.hpp"

#include "actor_cache/adapter_options.hpp"
#include "actor_cache/errc.hpp"

#include "adapter_kinds.hpp"
#include "nearest_name.hpp"

#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace actor_cache::detail {

namespace {

std::string render(const caf::config_value& value) {
  auto text = caf::to_string(value);
  return caf::get_if<std::string>(&value) ? '"' + text + '"' : text;
}

const option_entry* find_entry(const option_table& table,
                               std::string_view name) {
  for (const auto& entry : table.entries)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

caf::error unknown_option(std::string_view path, std::string_view name,
                          std::span<const option_table> tables) {
  std::vector<std::string_view> known;
  for (const auto& table : tables)
    for (const auto& entry : table.entries)
      known.push_back(entry.name);
  if (known.empty())
    return make_error(errc::invalid_argument,
                      fmt::format("{}.{}: unknown option; there are none here",
                                  path, name));
  return make_error(errc::invalid_argument,
                    fmt::format("{}.{}: unknown option; did you mean '{}'? "
                                "known options: {}",
                                path, name, nearest_name(name, known),
                                fmt::join(known, ", ")));
}

/// Reads the option `name`, at `from`, into the first table that has it.
caf::error read_entry(const option_source& from, std::string_view name,
                      std::string_view group,
                      std::span<const option_table> tables) {
  for (const auto& table : tables)
    if (const auto* entry = find_entry(table, name))
      return entry->read(table.object, from);
  return unknown_option(group, name, tables);
}

/// Reads an adapter that must have a name.
caf::expected<adapter_options> read_nested(const option_source& from) {
  auto options
    = read_adapter(from, [&from]() -> caf::expected<any_options_ptr> {
        return refuse(from, "a group with the name of an adapter, "
                            "{ adapter = \"...\", ... }");
      });
  if (!options)
    return std::move(options.error());
  return adapter_options{std::move(*options)};
}

/// Reads what CAF can convert itself.
template <class T>
caf::error convert(const option_source& from, T& x, std::string_view accepted) {
  auto value = caf::get_as<T>(from.value);
  if (!value)
    return refuse(from, accepted);
  x = *value;
  return {};
}

} // namespace

caf::error refuse(const option_source& from, std::string_view accepted) {
  // What is meant as a password must not show up in a log.
  auto secret = from.path.ends_with("password") || from.path.ends_with("uri");
  return make_error(errc::invalid_argument,
                    fmt::format("{} is {}; accepted is {}", from.path,
                                secret ? "***" : render(from.value), accepted));
}

caf::error at_path(std::string_view path, caf::error err) {
  if (err.empty())
    return err;
  auto text = message_of(err);
  auto colons = text.find("::");
  auto named = colons != std::string::npos
               && text.find_first_of(" ;:'") == colons;
  return make_error(errc::invalid_argument,
                    named ? fmt::format("{}.{}", path, text.substr(colons + 2))
                          : fmt::format("{}: {}", path, text));
}

caf::error read_options(const option_source& from,
                        std::span<const option_table> tables) {
  auto group = caf::get_as<caf::settings>(from.value);
  if (!group)
    return refuse(from, "a group of options, { name = value, ... }");
  for (const auto& [name, value] : *group) {
    option_source option{value, from.path + '.' + name, from.kinds};
    if (auto err = read_entry(option, name, from.path, tables); !err.empty())
      return err;
  }
  return {};
}

// -- what a single option can be ----------------------------------------------

caf::error read_option(const option_source& from, bool& x) {
  return convert(from, x, "true or false");
}

caf::error read_option(const option_source& from, double& x) {
  return convert(from, x, "a number");
}

caf::error read_option(const option_source& from, std::string& x) {
  if (!caf::get_if<std::string>(&from.value)
      && !caf::get_if<caf::uri>(&from.value))
    return refuse(from, "text in quotation marks");
  return convert(from, x, "text");
}

caf::error read_option(const option_source& from, timespan& x) {
  return convert(from, x,
                 "a span of time: a whole number with ns, us, ms, s, min or h");
}

caf::error read_option(const option_source& from, ttl& x) {
  const auto* text = caf::get_if<std::string>(&from.value);
  if (text != nullptr && *text == "infinite") {
    x = infinite;
    return {};
  }
  timespan span;
  if (auto err = convert(from, span,
                         "\"infinite\" or a span of time: a whole number with "
                         "ns, us, ms, s, min or h");
      !err.empty())
    return err;
  x = span;
  return {};
}

caf::error read_option(const option_source& from, adapter_options& x) {
  auto options = read_nested(from);
  if (!options)
    return std::move(options.error());
  x = std::move(*options);
  return {};
}

caf::error read_option(const option_source& from,
                       std::vector<adapter_options>& x) {
  std::vector<adapter_options> values;
  auto err = read_list(from, [&values](const option_source& element) {
    auto options = read_nested(element);
    if (!options)
      return std::move(options.error());
    values.push_back(std::move(*options));
    return caf::error{};
  });
  if (err.empty())
    x = std::move(values);
  return err;
}

caf::expected<int64_t> read_integer(const option_source& from, int64_t min,
                                    uint64_t max) {
  auto value = caf::get_as<int64_t>(from.value);
  if (value && *value >= min
      && (*value < 0 || static_cast<uint64_t>(*value) <= max))
    return *value;
  constexpr auto largest = uint64_t{std::numeric_limits<int64_t>::max()};
  return refuse(from, max >= largest
                        ? fmt::format("an integer from {} on", min)
                        : fmt::format("an integer from {} to {}", min, max));
}

caf::expected<size_t> read_name(const option_source& from,
                                std::span<const std::string_view> names) {
  if (const auto* text = caf::get_if<std::string>(&from.value))
    for (size_t index = 0; index < names.size(); ++index)
      if (names[index] == *text)
        return index;
  return refuse(from, fmt::format("\"{}\"", fmt::join(names, "\" or \"")));
}

caf::error
read_list(const option_source& from,
          function_ref<caf::error(const option_source& element)> read) {
  auto list = caf::get_as<caf::config_value::list>(from.value);
  if (!list)
    return refuse(from, "a list, [ ..., ... ]");
  for (size_t index = 0; index < list->size(); ++index) {
    auto path = fmt::format("{}[{}]", from.path, index);
    if (auto err = read({(*list)[index], std::move(path), from.kinds});
        !err.empty())
      return err;
  }
  return {};
}

} // namespace actor_cache::detail
