#pragma once

#include "../../adapters/dets/dets_adapter.hpp"
#include "ets_fixture.hpp"
#include "manual_clock.hpp"
#include "temporary_folder.hpp"

#include "actor_cache/adapters/dets.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>

// What tests of dets tables below the handle have in common.

using Catch::Matchers::ContainsSubstring;

/// One run after the other of a table in a file; each run has a steady clock of
/// its own, while the wall clock goes on.
class dets_fixture {
public:
  explicit dets_fixture(dets_options options = {})
    : options(std::move(options)) {
    set_clock(at(0s));
    this->options.file_path = path();
  }

  std::string path() const {
    return folder.path() + "/table.dets";
  }

  caf::error start() {
    store.reset();
    check_ok(options.validate());
    adapter_context context{"table", {}, clock};
    store = std::make_unique<dets_store::dets_adapter>(
      options, context, [this] { return wall_now; }, hash);
    return store->start();
  }

  void restart() {
    check_ok(store->stop());
    check_ok(start());
  }

  void set_clock(time_point x) {
    clock->advance(x - clock->now());
  }

  void put(std::string_view key, int value, time_point deadline = never) {
    take(store->put(key, make_entry(value, deadline), clock->now()));
  }

  std::optional<int> get(std::string_view key) {
    auto found = take(store->get(key, clock->now()));
    if (!found)
      return std::nullopt;
    return take(found->value.as<int>());
  }

  bool erase(std::string_view key) {
    return take(store->erase(key, clock->now()));
  }

  std::vector<int> lookup(std::string_view key) {
    std::vector<int> result;
    auto& bag = *store->capability<multi_valued>();
    for (const auto& x : take(bag.lookup(key, clock->now())))
      result.push_back(take(x.value.as<int>()));
    return result;
  }

  std::vector<std::pair<std::string, int>>
  all(size_t limit = 16, direction way = direction::forward) {
    std::vector<std::pair<std::string, int>> result;
    std::string cursor;
    do {
      auto page = way == direction::forward
                    ? take(store->scan(cursor, limit, clock->now()))
                    : take(store->capability<ordered>()->scan_back(
                        cursor, limit, clock->now()));
      for (auto& [key, content] : page.entries)
        result.emplace_back(key, take(content.value.as<int>()));
      cursor = page.cursor;
    } while (!cursor.empty());
    return result;
  }

  size_t size() {
    return take(store->size(clock->now()));
  }

  /// Returns how many entries a sweep frees.
  size_t sweep() {
    auto before = store->removed().expired;
    auto uncounted = store->sweep(clock->now());
    return store->removed().expired - before + uncounted;
  }

  dets_backend& backend() {
    return *store->capability<dets_backend>();
  }

  temporary_folder folder;
  dets_options options;
  dets_store::hash_fn hash = dets_store::hash_of;
  wall_time wall_now = wall_time{} + std::chrono::hours{24 * 365 * 50};
  std::shared_ptr<test::manual_clock> clock
    = std::make_shared<test::manual_clock>();
  adapter_ptr store;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

/// Checks that `err` is `code` and names the file.
inline void check_names(const caf::error& err, errc code,
                        const std::string& path, const std::string& reason) {
  CHECK(err == code);
  CHECK_THAT(message_of(err), ContainsSubstring(path));
  CHECK_THAT(message_of(err), ContainsSubstring(reason));
}
