#pragma once

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

/// A folder that is empty at first and gone in the end.
class temporary_folder {
public:
  temporary_folder() {
    auto text
      = (std::filesystem::temp_directory_path() / "actor_cache_test_XXXXXX")
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
