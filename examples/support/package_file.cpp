#include "package_file.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <utility>

namespace examples {

namespace {

using actor_cache::errc;

/// Returns what follows `name: ` if `line` is that field.
std::optional<std::string_view> field(std::string_view line,
                                      std::string_view name) {
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with(": "))
    return std::nullopt;
  return line.substr(name.size() + 2);
}

void read_field(std::string_view line, package& into) {
  if (auto version = field(line, "Version"))
    into.version = *version;
  else if (auto section = field(line, "Section"))
    into.section = *section;
  else if (auto summary = field(line, "Description"))
    into.summary = *summary;
  else if (auto kib = field(line, "Installed-Size"))
    std::from_chars(kib->data(), kib->data() + kib->size(), into.installed_kib);
}

caf::error unreadable(const std::string& path) {
  return make_error(errc::io_error,
                    fmt::format("cannot read '{}'; accepted is a file of "
                                "package records as dpkg keeps it, e.g. {}",
                                path, package_file::default_path));
}

} // namespace

package_file::package_file(std::string path, std::vector<std::string> names,
                           size_t size)
  : path_(std::move(path)), names_(std::move(names)), size_(size) {
  // nop
}

caf::expected<package_file> package_file::open(std::string path) {
  std::ifstream file{path};
  std::vector<std::string> names;
  size_t size = 0;
  for (std::string line; std::getline(file, line); size += line.size() + 1)
    if (auto name = field(line, "Package"))
      names.emplace_back(*name);
  if (!file.eof())
    return unreadable(path);
  if (names.empty())
    return make_error(errc::invalid_argument,
                      fmt::format("'{}' has no package records; accepted are "
                                  "records that begin with 'Package: <name>', "
                                  "with an empty line after each",
                                  path));
  return package_file{std::move(path), std::move(names), size};
}

caf::expected<package> package_file::find(std::string_view name) const {
  std::ifstream file{path_};
  if (!file)
    return unreadable(path_);
  std::string line;
  while (std::getline(file, line))
    if (field(line, "Package") == name) {
      package result{std::string{name}, {}, {}, 0, {}};
      while (std::getline(file, line) && !line.empty())
        read_field(line, result);
      if (file.bad())
        return unreadable(path_);
      return result;
    }
  if (file.bad())
    return unreadable(path_);
  return make_error(errc::key_not_found,
                    fmt::format("'{}' has no package named '{}'", path_, name));
}

} // namespace examples
