#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace examples {

/// What Debian knows about one installed package.
struct package {
  std::string name;
  std::string version;
  std::string section;
  uint64_t installed_kib = 0;
  std::string summary;

  template <class Inspector>
  friend bool inspect(Inspector& f, package& x) {
    return f.object(x).fields(f.field("name", x.name),
                              f.field("version", x.version),
                              f.field("section", x.section),
                              f.field("installed-kib", x.installed_kib),
                              f.field("summary", x.summary));
  }
};

/// A file of package records, as dpkg keeps it. It has no index: each look-up
/// reads the file from its beginning to the record that it wants.
///
/// Thread safety: any number of threads may look up at the same time.
class package_file {
public:
  /// Where Debian and its relatives keep their records.
  static constexpr const char* default_path = "/var/lib/dpkg/status";

  /// Checks that the file is there, and lists the packages in it.
  static caf::expected<package_file> open(std::string path);

  /// Returns the record of the package `name`.
  /// @returns `errc::key_not_found` where there is none,
  ///          `errc::io_error` where the file cannot be read
  caf::expected<package> find(std::string_view name) const;

  const std::string& path() const noexcept {
    return path_;
  }

  /// Returns the names of all packages, in the order of the file.
  const std::vector<std::string>& names() const noexcept {
    return names_;
  }

  /// Returns the size of the file in bytes.
  size_t size() const noexcept {
    return size_;
  }

private:
  package_file(std::string path, std::vector<std::string> names, size_t size);

  std::string path_;
  std::vector<std::string> names_;
  size_t size_;
};

} // namespace examples
