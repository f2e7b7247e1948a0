#include "../adapters/ets/bag_adapter.hpp"
#include "../adapters/ets/ets_adapter.hpp"
#include "support/ets_fixture.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_folder.hpp"

#include "actor_cache/adapters/ets_file.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cereal/types/vector.hpp>

#include <fstream>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

using Catch::Matchers::ContainsSubstring;

namespace {

std::string read(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

wall_time wall(timespan x) {
  return wall_time{} + std::chrono::hours{24 * 365 * 50}
         + std::chrono::duration_cast<wall_time::duration>(x);
}

/// One run after the other of a table that a file keeps; each run has its own
/// steady clock, while the wall clock goes on.
class kept_table {
public:
  explicit kept_table(ets_options options) : options_(std::move(options)) {
    set_clock(at(0s));
    options_.rehydration_path = folder.path() + "/deep/er";
  }

  caf::error start() {
    adapter_context context{"a/cache", {}, clock};
    ets_table::rehydration file{options_, context, [this] { return wall_now; }};
    path = file.path();
    if (options_.type == ets_type::set)
      store = std::make_unique<ets_table::ets_adapter>(4, file);
    else
      store = std::make_unique<ets_table::bag_adapter>(options_.type, 4, file);
    return store->start();
  }

  void set_clock(time_point x) {
    clock->advance(x - clock->now());
  }

  void put(std::string_view key, int value, time_point deadline = never) {
    take(store->put(key, make_entry(value, deadline), clock->now()));
  }

  std::optional<entry> get(std::string_view key) {
    return take(store->get(key, clock->now()));
  }

  temporary_folder folder;
  std::string path;
  wall_time wall_now = wall(0s);
  std::shared_ptr<test::manual_clock> clock
    = std::make_shared<test::manual_clock>();
  adapter_ptr store;

private:
  ets_options options_;
};

/// Can be nested too deep to be encoded.
struct chain {
  std::vector<chain> next;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(next);
  }
};

ets_options of_type(ets_type type) {
  ets_options result;
  result.type = type;
  return result;
}

} // namespace

TEST_CASE("a table that a file keeps is there again after a restart", "[ets]") {
  kept_table table{of_type(ets_type::set)};
  check_ok(table.start());
  for (int i = 0; i < 2000; ++i)
    table.put("key" + std::to_string(i), i);
  table.put(std::string{"\0 odd \n", 7}, -1);
  table.put("", -2);
  check_ok(table.store->stop());
  CHECK_THAT(table.path, ContainsSubstring("/deep/er/a%2Fcache.ets"));

  check_ok(table.start());
  CHECK(take(table.store->size(at(0s))) == 2002);
  for (int i = 0; i < 2000; ++i)
    REQUIRE(take(table.get("key" + std::to_string(i))->value.as<int>()) == i);
  CHECK(take(table.get(std::string{"\0 odd \n", 7})->value.as<int>()) == -1);
  CHECK(take(table.get("")->value.as<int>()) == -2);
}

TEST_CASE("lifetimes go on by the wall clock while a table is in its file",
          "[ets]") {
  kept_table table{of_type(ets_type::set)};
  check_ok(table.start());
  table.put("ten", 1, at(10s));
  table.put("hour", 2, at(1h));
  table.put("forever", 3);
  table.set_clock(at(3s));
  check_ok(table.store->stop());

  // The next run's clock has nothing to do with this one's.
  table.wall_now = wall(7s);
  table.set_clock(at(100h));
  check_ok(table.start());
  CHECK(!table.get("ten")); // 7 of 7 seconds are gone
  CHECK(table.get("hour")->deadline == at(100h + 1h - 10s));
  CHECK(table.get("forever")->deadline == never);
  CHECK(take(table.store->size(at(100h))) == 2);
}

TEST_CASE("what has expired is not saved", "[ets]") {
  kept_table table{of_type(ets_type::set)};
  check_ok(table.start());
  table.put("over", 1, at(1s));
  auto stale = make_entry(1, at(1s));
  stale.stale_for = 1h;
  take(table.store->put("stale", stale, at(0s)));
  table.put("there", 1);
  table.set_clock(at(1s));
  check_ok(table.store->stop());
  CHECK(take(inspect_ets_file(table.path)).size == 1);
}

TEST_CASE("a bag comes back from its file in order", "[ets]") {
  auto type = GENERATE(ets_type::bag, ets_type::duplicate_bag);
  kept_table table{of_type(type)};
  check_ok(table.start());
  for (auto x : {3, 1, 2, 1})
    table.put("k", x);
  auto objects = [&] {
    std::vector<int> result;
    for (const auto& x :
         take(table.store->capability<multi_valued>()->lookup("k", at(0s))))
      result.push_back(take(x.value.as<int>()));
    return result;
  };
  auto before = objects();
  check_ok(table.store->stop());
  check_ok(table.start());
  CHECK(objects() == before);
}

TEST_CASE("compressed tables keep their files too", "[ets]") {
  temporary_folder folder;
  ets_options options;
  options.compressed = true;
  options.rehydration_path = folder.path();
  compression_options compression{1, 10};
  {
    ets_fixture table{options, {"small", compression}};
    take(table.store->put("k", {term::of(std::string(5000, 'x'))}, table.now));
    CHECK(table.store->bytes() < 1000);
    check_ok(table.store->stop());
  }
  CHECK(read(folder.path() + "/small.ets").size() < 1000);
  ets_fixture table{options, {"small", compression}};
  auto found = take(table.store->get("k", table.now));
  CHECK(take(found->value.as<std::string>()) == std::string(5000, 'x'));
  CHECK(table.store->bytes() < 1000);
}

TEST_CASE("a damaged file is an error and stays as it is", "[ets]") {
  kept_table table{of_type(ets_type::set)};
  check_ok(table.start());
  for (int i = 0; i < 10; ++i)
    table.put("key" + std::to_string(i), i, at(1h));
  check_ok(table.store->stop());
  const auto intact = read(table.path);
  REQUIRE(intact.size() > 100);
  auto check_refused = [&](const std::string& bytes) {
    write(table.path, bytes);
    auto err = table.start();
    REQUIRE(err == errc::corrupt_value);
    REQUIRE_THAT(message_of(err), ContainsSubstring(table.path));
    REQUIRE_THAT(message_of(err), ContainsSubstring("a/cache"));
    REQUIRE(read(table.path) == bytes);
  };
  SECTION("cut off anywhere") {
    for (size_t size = 0; size < intact.size(); ++size)
      check_refused(intact.substr(0, size));
  }
  SECTION("with any bit flipped") {
    for (size_t i = 0; i < intact.size(); ++i) {
      auto bytes = intact;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << i % 8));
      check_refused(bytes);
    }
  }
  SECTION("with something behind its end") {
    check_refused(intact + "x");
  }
  SECTION("not a table at all") {
    check_refused("some notes of mine, which should not be overwritten");
  }
  write(table.path, intact);
  check_ok(table.start());
  CHECK(take(table.store->size(at(0s))) == 10);
}

TEST_CASE("a folder that cannot hold the file fails the start", "[ets]") {
  temporary_folder folder;
  auto path = folder.path() + "/file";
  write(path, "");
  ets_options options;
  options.rehydration_path = path;
  auto err = options.make({"test"})->start();
  CHECK(err == errc::io_error);
  CHECK_THAT(message_of(err), ContainsSubstring(path));
}

TEST_CASE("a save that fails says so and leaves the older file", "[ets]") {
  kept_table table{of_type(ets_type::set)};
  check_ok(table.start());
  table.put("k", 1);
  check_ok(table.store->stop());
  auto before = read(table.path);
  check_ok(table.start());
  table.put("k", 2);
  SECTION("because a value cannot be encoded") {
    chain deep;
    for (int i = 0; i < 1000; ++i) {
      chain outer;
      outer.next.push_back(std::move(deep));
      deep = std::move(outer);
    }
    take(table.store->put("deep", {term::of(std::move(deep))}, at(0s)));
    CHECK(table.store->stop() == errc::encoding_failed);
  }
  SECTION("because the new file cannot be made") {
    REQUIRE(::mkdir((table.path + ".new").c_str(), 0700) == 0);
    auto err = table.store->stop();
    CHECK(err == errc::io_error);
    CHECK_THAT(message_of(err), ContainsSubstring(table.path));
    REQUIRE(::rmdir((table.path + ".new").c_str()) == 0);
  }
  CHECK(read(table.path) == before);
  CHECK(::access((table.path + ".new").c_str(), F_OK) == -1);
}

TEST_CASE("a file that was not completed does not replace the older one",
          "[ets]") {
  temporary_folder folder;
  auto path = folder.path() + "/table";
  write(path, "older");
  {
    auto out = take(ets_file_writer::create(path, "name", wall(0s)));
    check_ok(out.add("k", term::of(1), infinite));
  }
  CHECK(read(path) == "older");
  CHECK(::access((path + ".new").c_str(), F_OK) == -1);
}

TEST_CASE("a file tells its name, time and size", "[ets]") {
  temporary_folder folder;
  auto path = folder.path() + "/table";
  auto out = take(ets_file_writer::create(path, "users", wall(5s)));
  for (int i = 0; i < 100; ++i)
    check_ok(out.add("k", term::of(std::string(10000, 'x')), 1s));
  check_ok(out.commit());
  auto info = take(inspect_ets_file(path));
  CHECK(info.name == "users");
  CHECK(info.saved_at == wall(5s));
  CHECK(info.size == 100);
  CHECK(inspect_ets_file(folder.path() + "/none").error() == errc::io_error);
  CHECK(inspect_ets_file(folder.path()).error() == errc::io_error);
}

TEST_CASE("options of ets that contradict each other are refused", "[ets]") {
  ets_options options;
  CHECK(options.validate().empty());
  SECTION("shards") {
    options.shards = GENERATE(size_t{3}, size_t{131072});
  }
  SECTION("write_concurrency") {
    options.write_concurrency = false;
    options.shards = 2;
  }
  SECTION("type") {
    options.type = static_cast<ets_type>(7);
  }
  SECTION("rehydration_path") {
    options.rehydration_path = std::string{"a\0b", 3};
  }
  auto err = options.validate();
  CHECK(err == errc::invalid_argument);
  CHECK_THAT(message_of(err), ContainsSubstring("ets_options::"));
}
