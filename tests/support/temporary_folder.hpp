#pragma once

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

/// A folder that is empty at first and gone in the end.
class temporary_folder {
public:
  /// @param wanted where it is to be, if there is such a place
  explicit temporary_folder(const std::filesystem::path& wanted = {}) {
    std::error_code failure;
    auto text = ((std::filesystem::is_directory(wanted, failure)
                    ? wanted
                    : std::filesystem::temp_directory_path())
                 / "actor_cache_test_XXXXXX")
                  .string();
    REQUIRE(::mkdtemp(text.data()) != nullptr);
    path_ = text;
  }

  temporary_folder(const temporary_folder&) = delete;

  temporary_folder& operator=(const temporary_folder&) = delete;

  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};
