// What a table leaves behind when it is not stopped: its file and its logs. A
// copy of the files of a running table is what a killed process leaves.

#include "support/dets_fixture.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <random>

namespace {

constexpr auto types = {ets_type::set, ets_type::bag, ets_type::duplicate_bag};

std::string log_of(const dets_fixture& table, int index) {
  return fmt::format("{}-log{}", table.path(), index);
}

/// Options for a table that goes to its file when it is told to, and no sooner.
dets_options synced(ets_type type = ets_type::set) {
  return {.type = type,
          .sync = sync_policy::every_write,
          .sync_interval = std::chrono::hours{1}};
}

/// Copies the files of a running table, in place of those that are there.
void copy_files(const dets_fixture& from, const dets_fixture& to) {
  constexpr auto over = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(from.path(), to.path(), over);
  for (int index = 0; index < 2; ++index) {
    std::filesystem::remove(log_of(to, index));
    if (std::filesystem::exists(log_of(from, index)))
      std::filesystem::copy_file(log_of(from, index), log_of(to, index));
  }
}

std::string all_bytes(const dets_fixture& table) {
  return bytes_of(table.path()) + bytes_of(log_of(table, 0))
         + bytes_of(log_of(table, 1));
}

/// Starts a table that must refuse what its log holds, and leave all files as
/// they are.
void check_log_refused(dets_fixture& table, const std::string& reason) {
  auto before = all_bytes(table);
  check_names(table.start(), errc::corrupt_value, table.path() + "-log",
              reason);
  table.store.reset();
  CHECK(all_bytes(table) == before);
}

/// What a table should hold: values with their deadlines, the oldest first.
using model = std::map<std::string, std::vector<std::pair<int, time_point>>>;

void check_holds(dets_fixture& table, const model& expected) {
  size_t count = 0;
  for (const auto& [key, wanted] : expected) {
    count += wanted.size();
    std::vector<entry> found;
    if (auto* bag = table.store->capability<multi_valued>())
      found = take(bag->lookup(key, table.clock->now()));
    else if (auto x = take(table.store->get(key, table.clock->now())))
      found.push_back(*x);
    std::vector<std::pair<int, time_point>> objects;
    for (const auto& x : found)
      objects.emplace_back(take(x.value.as<int>()), x.deadline);
    CHECK(objects == wanted);
  }
  CHECK(table.size() == count);
}

/// Does something to a table, and the same to the model of it.
void change_somehow(dets_fixture& table, model& expected, int step,
                    std::mt19937& random) {
  auto pick = random() % 40;
  auto key = pick % 4 == 0 ? std::string(500, 'k') + std::to_string(pick)
                           : std::to_string(pick);
  auto& objects = expected[key];
  auto deadline = random() % 2 == 0 ? never : at(1h) + step * 1ms;
  auto next = std::pair{static_cast<int>(random() % 5), deadline};
  auto put = [&] {
    if (table.options.type == ets_type::set)
      objects.clear();
    else if (table.options.type == ets_type::bag)
      std::erase_if(objects, [&](auto& x) { return x.first == next.first; });
    objects.push_back(next);
  };
  switch (random() % 12) {
    case 0:
      CHECK(table.erase(key) == !objects.empty());
      objects.clear();
      break;
    case 1:
      if (random() % 20 == 0) {
        check_ok(table.store->clear());
        expected.clear();
      }
      break;
    case 2:
      if (random() % 4 == 0)
        check_ok(table.backend().sync());
      break;
    case 3: {
      auto written
        = table.store->update(key, table.clock->now(), [&](const entry*) {
            return change::store(make_entry(next.first, next.second));
          });
      CHECK(take(std::move(written)) > 0);
      if (!objects.empty())
        objects.pop_back();
      put();
      break;
    }
    default:
      table.put(key, next.first, next.second);
      put();
  }
}

} // namespace

TEST_CASE("the files of a table hold all that was acknowledged, at any moment",
          "[dets]") {
  dets_fixture table{synced(GENERATE(values(types)))};
  CAPTURE(table.options.type);
  dets_fixture copy{synced(table.options.type)};
  check_ok(table.start());
  model expected;
  std::mt19937 random{GENERATE(1u, 2u, 3u)};
  for (int step = 0; step < 400; ++step) {
    change_somehow(table, expected, step, random);
    if (random() % 20 != 0)
      continue;
    CAPTURE(step);
    copy_files(table, copy);
    // Whatever the policy is by then, and once more after that.
    copy.options.sync = static_cast<sync_policy>(random() % 3);
    check_ok(copy.start());
    check_holds(copy, expected);
    copy.restart();
    check_holds(copy, expected);
    check_ok(copy.store->stop());
  }
}

TEST_CASE("a table is killed again and again, and its logs are in order",
          "[dets]") {
  dets_fixture table{synced()};
  check_ok(table.start());
  model expected;
  std::mt19937 random{GENERATE(1u, 2u)};
  std::vector<std::unique_ptr<dets_fixture>> before;
  for (int life = 0; life < 12; ++life) {
    auto& current = before.empty() ? table : *before.back();
    for (auto step = random() % 12; step > 0; --step)
      change_somehow(current, expected, static_cast<int>(step), random);
    auto next = std::make_unique<dets_fixture>(synced());
    copy_files(current, *next);
    check_ok(next->start());
    check_holds(*next, expected);
    before.push_back(std::move(next));
  }
}

TEST_CASE("a table whose log is damaged does not start, and leaves it alone",
          "[dets]") {
  dets_fixture table{synced()};
  dets_fixture copy{synced()};
  check_ok(table.start());
  for (int i = 0; i < 20; ++i)
    table.put(fmt::format("key{}", i), i);
  copy_files(table, copy);
  auto log = log_of(copy, 0);
  auto bytes = bytes_of(log);
  REQUIRE(bytes.size() > 100);
  SECTION("in its midst") {
    bytes[bytes.find("key7")] = 'K';
    write_bytes(log, bytes);
    check_log_refused(copy, "are damaged");
  }
  SECTION("in its head") {
    bytes[13] = static_cast<char>(bytes[13] ^ 1);
    write_bytes(log, bytes);
    check_log_refused(copy, "its head is damaged");
  }
  SECTION("another file has its name") {
    write_bytes(log, std::string(100, 'x'));
    check_log_refused(copy, "it is no log");
  }
  SECTION("a newer version wrote it") {
    bytes[8] = 2;
    write_bytes(log, bytes);
    check_log_refused(copy, "its format is version 2; known is 1");
  }
  SECTION("under another policy, too") {
    copy.options.sync = sync_policy::never;
    write_bytes(log, std::string(100, 'x'));
    check_log_refused(copy, "it is no log");
  }
}

TEST_CASE("a log of another table is refused", "[dets]") {
  dets_fixture table{synced()};
  check_ok(table.start());
  table.put("mine", 1);
  dets_fixture other{synced()};
  check_ok(other.start());
  other.put("theirs", 2);
  check_ok(other.store->stop());
  std::filesystem::copy_file(log_of(table, 0), log_of(other, 0));
  check_log_refused(other, "its changes do not follow those in");
}

TEST_CASE("a log that follows another one is not enough without that",
          "[dets]") {
  dets_fixture table{synced()};
  dets_fixture copy{synced()};
  check_ok(table.start());
  copy_files(table, copy);
  table.put("first", 1);
  check_ok(table.backend().sync());
  table.put("second", 2);
  // The file is that from before all this.
  SECTION("with both") {
    for (int index = 0; index < 2; ++index)
      write_bytes(log_of(copy, index), bytes_of(log_of(table, index)));
    check_ok(copy.start());
    CHECK(copy.get("first") == 1);
    CHECK(copy.get("second") == 2);
  }
  SECTION("without the first") {
    std::filesystem::remove(log_of(copy, 0));
    write_bytes(log_of(copy, 1), bytes_of(log_of(table, 1)));
    check_log_refused(copy, "its changes do not follow those in");
  }
}

TEST_CASE("a file that is missing, but not its log, is not made anew",
          "[dets]") {
  dets_fixture table{synced()};
  dets_fixture copy{synced()};
  check_ok(table.start());
  table.put("k", 1);
  copy_files(table, copy);
  std::filesystem::remove(copy.path());
  check_names(copy.start(), errc::corrupt_value, copy.path(),
              "it is missing, but not its log");
  CHECK(!std::filesystem::exists(copy.path()));
  CHECK(bytes_of(log_of(copy, 0)) == bytes_of(log_of(table, 0)));
}

TEST_CASE("a file is made without a look at what else is in its directory",
          "[dets]") {
  dets_fixture table{synced()};
  auto theirs = table.path() + ".new";
  write_bytes(theirs, "a letter");
  check_ok(table.start());
  CHECK(bytes_of(theirs) == "a letter");
}

TEST_CASE("whoever only reads is told of changes that wait in logs", "[dets]") {
  dets_fixture table{synced()};
  dets_fixture copy{synced()};
  check_ok(table.start());
  table.put("k", 1);
  copy_files(table, copy);
  copy.options.read_only = true;
  auto before = all_bytes(copy);
  check_names(copy.start(), errc::unavailable, copy.path(),
              "changes wait in its logs; open it once without read_only");
  copy.store.reset();
  CHECK(all_bytes(copy) == before);
  copy.options.read_only = false;
  check_ok(copy.start());
  check_ok(copy.store->stop());
  copy.options.read_only = true;
  check_ok(copy.start());
  CHECK(copy.get("k") == 1);
}
