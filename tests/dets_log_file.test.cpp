// The log below a table: its frames, and the room it takes ahead of them.

#include "../adapters/dets/log_file.hpp"

#include "support/dets_fixture.hpp"
#include "support/full_disk.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

using dets_store::log_file;

namespace {

/// Returns all changes in a log, each with a semicolon.
std::string changes_in(log_file& log) {
  std::string result;
  check_ok(log.replay([&](std::string_view x) {
    result.append(x).append(";");
    return caf::error{};
  }));
  return result;
}

std::string changes_in(const std::string& path) {
  auto log = take(log_file::open(path));
  return changes_in(log);
}

} // namespace

TEST_CASE("a damaged log is refused and left alone", "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  auto nothing = [](std::string_view) { return caf::error{}; };
  {
    auto log = take(log_file::open(path));
    log.begin(1);
    for (auto changes : {"one", "two", "three"})
      check_ok(log.append(changes));
  }
  auto bytes = bytes_of(path);
  auto replayed = [&] {
    auto log = log_file::open(path);
    return log ? log->replay(nothing) : std::move(log.error());
  };
  check_ok(replayed());
  SECTION("in its midst") {
    bytes[bytes.find("two")] = 'T';
    write_bytes(path, bytes);
    check_names(replayed(), errc::corrupt_value, path, "are damaged");
    CHECK(bytes_of(path) == bytes);
  }
  SECTION("in its head") {
    bytes[13] = 7;
    write_bytes(path, bytes);
    check_names(replayed(), errc::corrupt_value, path, "head is damaged");
  }
  SECTION("at its end, where it was being written") {
    write_bytes(path, bytes.substr(0, bytes.find("three") + 3));
    CHECK(changes_in(path) == "one;two;");
  }
}

TEST_CASE("a log that is written to keeps its size for long", "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  auto log = take(log_file::open(path));
  std::set<uintmax_t> sizes;
  auto fill = [&](uint64_t generation) {
    log.begin(generation);
    for (int i = 0; i < 400; ++i) {
      check_ok(log.append(std::string(1000, 'x')));
      sizes.insert(std::filesystem::file_size(path));
    }
  };
  fill(1);
  CHECK(sizes.size() == 2);
  fill(2); // over what is there
  CHECK(sizes.size() == 2);
  CHECK(changes_in(path).size() == 400 * 1001);
}

TEST_CASE("what a log held before is no part of it", "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  auto log = take(log_file::open(path));
  log.begin(1);
  for (auto changes : {"one", "two", "three"})
    check_ok(log.append(changes));
  log.begin(2);
  check_ok(log.append("uno"));
  CHECK(changes_in(path) == "uno;");
}

TEST_CASE("a log of which nothing but its size came to the disk is empty",
          "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  auto bytes = std::string(10'000, '\0');
  SECTION("all of it zeros") {
    // nop
  }
  SECTION("with a part of the first frame") {
    {
      auto log = take(log_file::open(path));
      log.begin(1);
      check_ok(log.append(std::string(8000, 'x')));
    }
    bytes = std::string(4096, '\0') + bytes_of(path).substr(4096);
  }
  write_bytes(path, bytes);
  auto log = take(log_file::open(path));
  CHECK(log.generation() == 0);
  CHECK(changes_in(log).empty());
  log.begin(1);
  check_ok(log.append("one"));
  CHECK(changes_in(path) == "one;");
}

TEST_CASE("a log without its head is refused if it has a frame", "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  {
    auto log = take(log_file::open(path));
    log.begin(1);
    check_ok(log.append("one"));
    check_ok(log.append("two"));
  }
  auto bytes = bytes_of(path);
  std::fill_n(bytes.begin(), 24, '\0');
  write_bytes(path, bytes);
  auto log = log_file::open(path);
  REQUIRE(!log);
  check_names(log.error(), errc::corrupt_value, path, "it is no log");
}

TEST_CASE("a log takes what the disk has room for, and no less", "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  auto log = take(log_file::open(path));
  log.begin(1);
  {
    full_disk full{1000};
    check_ok(log.append("one"));
    CHECK(std::filesystem::file_size(path) < 100);
    check_names(log.append(std::string(1000, 'x')), errc::io_error, path,
                "write to");
    check_ok(log.append("two"));
    CHECK(changes_in(path) == "one;two;");
  }
  check_ok(log.append(std::string(1000, 'x')));
  check_ok(log.append("three"));
  CHECK(changes_in(path) == "one;two;" + std::string(1000, 'x') + ";three;");
}
