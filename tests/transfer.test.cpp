#include "support/subjects.hpp"
#include "support/temporary_folder.hpp"
#include "support/values.hpp"
#include "support/wrapped_adapter.hpp"

#include "actor_cache/dets.hpp"
#include "actor_cache/ets.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// A cache of one subject, and a plain one of the adapter ets beside it.
class transfer_world : public contract_world {
public:
  explicit transfer_world(const subject& what)
    : contract_world(what),
      beside_(must(
        start_supervisor(system(), {timed(cache_spec{.name = "plain"})}))) {
    // nop
  }

  ~transfer_world() {
    must(stop_supervisor(system(), beside_));
  }

  template <class V>
  cache<V> plain() {
    return find<V>("plain");
  }

private:
  supervisor_actor beside_;
};

/// Fills a cache with 600 entries, half of which have 6,004 ms left by the time
/// that this returns, and one whose time is over.
void fill(world& w, const cache<int>& xs) {
  std::vector<std::pair<std::string, int>> timed;
  std::vector<std::pair<std::string, int>> endless;
  for (int i = 0; i < 600; ++i)
    (i % 2 == 0 ? timed : endless).emplace_back(std::to_string(i), i);
  must(xs.put_many(timed, 10'007ms));
  must(xs.put_many(endless, infinite));
  must(xs.put("over", 1, 1s));
  w.clock()->advance(4'003ms);
}

/// Checks that a cache has what `fill` put, 6,004 ms before its end, less what
/// has `passed` by another clock than the test's.
void check_filled(world& w, const cache<int>& xs, timespan passed = 0ms) {
  for (int i = 0; i < 600; ++i) {
    auto key = std::to_string(i);
    CHECK(must(xs.get(key)) == i);
    auto left = *must(xs.ttl_of(key));
    CHECK(left.is_infinite() == (i % 2 != 0));
    if (!left.is_infinite()) {
      CHECK(left.span() <= 6'004ms);
      CHECK(left.span() >= 6'004ms - passed);
    }
  }
  CHECK(must(xs.get("over")) == std::nullopt);
  w.clock()->advance(must(xs.ttl_of("598"))->span() - 1ms);
  CHECK(must(xs.get("598")) == 598);
  w.clock()->advance(1ms);
  CHECK(must(xs.get("598")) == std::nullopt);
  CHECK(must(xs.get("599")) == 599);
}

/// Starts two caches with the clock of `w`, the first of which is to move into
/// the second.
std::pair<cache<int>, cache<int>>
start_two(world& w, adapter_options first,
          adapter_options second = ets_options{}) {
  w.start({w.timed({.name = "first", .adapter = std::move(first)}),
           w.timed({.name = "second", .adapter = std::move(second)})});
  return {w.find<int>("first"), w.find<int>("second")};
}

using wall_clock = std::chrono::system_clock;

/// A file of its own for one snapshot.
struct snapshot_file {
  temporary_folder folder;
  std::string path = folder.path() + "/users.snapshot";
};

/// Saves `from` and loads that into `to`; checks that lifetimes went on by the
/// wall clock meanwhile, and by no more than that.
void move_users(const cache<user>& from, const cache<user>& to) {
  snapshot_file file;
  must(from.put("ada", {"Ada", 36}, 1h));
  must(from.put("bob", {"Bob", 7}));
  auto begin = wall_clock::now();
  CHECK(must(from.save_snapshot(file.path)) == 2);
  CHECK(must(to.load_snapshot(file.path)) == 2);
  auto passed = wall_clock::now() - begin;
  CHECK(must(to.get("ada")) == user{"Ada", 36});
  CHECK(must(to.get("bob")) == user{"Bob", 7});
  auto left = must(to.ttl_of("ada"))->span();
  CHECK(left <= 1h);
  CHECK(left >= 1h - passed - 1ms); // Redis counts milliseconds
  CHECK(must(to.ttl_of("bob")) == ttl{infinite});
}

} // namespace

TEST_CASE("a cache of any adapter is copied into another one with its "
          "lifetimes",
          "[transfer]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  transfer_world w{which};
  auto xs = w.open<int>();
  auto plain = w.plain<int>();
  fill(w, xs);
  must(plain.put("0", -1));
  must(plain.put("mine", -2));
  auto begin = wall_clock::now();
  CHECK(must(xs.copy_to(plain)) == 600);
  auto passed = wall_clock::now() - begin;
  CHECK(must(plain.size()) == 601);
  CHECK(must(plain.get("mine")) == -2);
  // A handle by mail knows no clock of the cache's.
  auto by_mail = which.road == road::mail;
  check_filled(w, plain, by_mail ? timespan{passed} : 0ms);
}

TEST_CASE("entries are copied into a cache of any adapter with their lifetimes",
          "[transfer]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  transfer_world w{which};
  auto xs = w.open<int>();
  auto plain = w.plain<int>();
  fill(w, plain);
  must(xs.put("0", -1));
  must(xs.put("mine", -2));
  CHECK(must(plain.copy_to(xs)) == 600);
  // A bag keeps what the key had, too.
  CHECK(must(xs.size()) == (which.one_per_key ? 601u : 602u));
  CHECK(must(xs.get("mine")) == -2);
  check_filled(w, xs);
}

TEST_CASE("a snapshot of any adapter is loaded into another one",
          "[transfer]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  transfer_world w{which};
  move_users(w.open<user>(), w.plain<user>());
}

TEST_CASE("a snapshot is loaded into a cache of any adapter", "[transfer]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  transfer_world w{which};
  move_users(w.plain<user>(), w.open<user>());
}

TEST_CASE("a snapshot that is none changes nothing", "[transfer]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  transfer_world w{which};
  snapshot_file file;
  auto xs = w.open<user>();
  auto plain = w.plain<int>();
  CHECK(code_of(xs.load_snapshot(file.path)) == errc::io_error);
  std::ofstream{file.path} << "something else";
  CHECK(code_of(xs.load_snapshot(file.path)) == errc::corrupt_value);
  must(plain.put("a", 1));
  must(plain.save_snapshot(file.path));
  auto wrong = xs.load_snapshot(file.path);
  CHECK(code_of(wrong) == errc::type_mismatch);
  CHECK(text_of(wrong).find(file.path) != std::string::npos);
  CHECK(code_of(xs.save_snapshot(file.folder.path() + "/none/x"))
        == errc::io_error);
  CHECK(must(xs.size()) == 0);
}

// -- many objects under one key -----------------------------------------------

namespace {

/// A table that holds many objects under one key.
struct bag_kind {
  std::string_view name;
  adapter_options (*make)(const std::string& folder);
  bool keeps_duplicates;
};

const std::vector<bag_kind>& bags() {
  static const std::vector<bag_kind> result{
    {"ets bag",
     [](const std::string&) -> adapter_options {
       return ets_options{.type = ets_type::bag};
     },
     false},
    {"ets duplicate_bag",
     [](const std::string&) -> adapter_options {
       return ets_options{.type = ets_type::duplicate_bag};
     },
     true},
    {"dets bag",
     [](const std::string& file) -> adapter_options {
       return dets_options{.type = ets_type::bag, .file_path = file};
     },
     false},
    {"dets duplicate_bag",
     [](const std::string& file) -> adapter_options {
       return dets_options{.type = ets_type::duplicate_bag, .file_path = file};
     },
     true},
  };
  return result;
}

using object = std::tuple<std::string, int, timespan>;

/// Returns all objects with the lifetimes that they have left, rounded up: the
/// wall clock has a part in those from a file.
std::multiset<object> objects_of(const cache<int>& xs,
                                 timespan rounded_to = 1ms) {
  std::multiset<object> result;
  std::string cursor;
  do {
    auto part = must(xs.scan(cursor, 2));
    for (const auto& [key, x] : part.entries) {
      auto left = x.remaining.span();
      if (!x.remaining.is_infinite())
        left = (left + rounded_to - 1ns) / rounded_to * rounded_to;
      result.emplace(key, x.value, left);
    }
    cursor = part.cursor;
  } while (!cursor.empty());
  return result;
}

} // namespace

TEST_CASE("all objects of a bag move, each with its own lifetime",
          "[transfer]") {
  auto from = GENERATE(from_range(bags()));
  auto to = GENERATE(from_range(bags()));
  auto by_file = GENERATE(false, true);
  INFO("from " << from.name << " to " << to.name << ", by file: " << by_file);
  temporary_folder folder{"/dev/shm"};
  world w;
  auto [xs, ys] = start_two(w, from.make(folder.path() + "/1"),
                            to.make(folder.path() + "/2"));
  must(xs.put("a", 1, 1h));
  must(xs.put("a", 2));
  must(xs.put("a", 3, 2h));
  must(xs.put("b", 1, 3h));
  must(xs.put("b", 1, 4h)); // the same object again
  auto count = from.keeps_duplicates ? 5u : 4u;
  if (by_file) {
    auto path = folder.path() + "/snapshot";
    CHECK(must(xs.save_snapshot(path)) == count);
    CHECK(must(ys.load_snapshot(path)) == count);
  } else {
    CHECK(must(xs.copy_to(ys)) == count);
  }
  auto rounded_to = by_file ? timespan{1h} : timespan{1ms};
  auto wanted = std::multiset<object>{
    {"a", 1, 1h}, {"a", 2, timespan::max()}, {"a", 3, 2h}, {"b", 1, 4h}};
  if (from.keeps_duplicates && to.keeps_duplicates)
    wanted.emplace("b", 1, 3h);
  CHECK(objects_of(ys, rounded_to) == wanted);
  CHECK(must(ys.get("a")) == 3); // the last one, as before
}

TEST_CASE("a bag becomes a map of the last object of each key", "[transfer]") {
  auto from = GENERATE(from_range(bags()));
  INFO("from " << from.name);
  temporary_folder folder{"/dev/shm"};
  world w;
  auto [xs, ys] = start_two(w, from.make(folder.path() + "/1"));
  must(xs.put("a", 1, 1h));
  must(xs.put("a", 2, 2h));
  must(xs.put("b", 3));
  CHECK(must(xs.copy_to(ys)) == 3);
  CHECK(objects_of(ys)
        == std::multiset<object>{{"a", 2, 2h}, {"b", 3, timespan::max()}});
}

// -- time goes by while entries move ------------------------------------------

namespace {

/// A table whose writes, or whose pages, take their time by the test's clock.
class slow_adapter final : public wrapped_adapter {
public:
  slow_adapter(adapter_ptr table, std::shared_ptr<manual_clock> clock,
               timespan write_time, timespan page_time)
    : wrapped_adapter(std::move(table)),
      clock_(std::move(clock)),
      write_time_(write_time),
      page_time_(page_time) {
    // nop
  }

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override {
    auto result = wrapped_adapter::put(key, std::move(next), now);
    clock_->advance(write_time_);
    return result;
  }

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override {
    auto result = wrapped_adapter::scan(cursor, limit, now);
    clock_->advance(page_time_);
    return result;
  }

private:
  std::shared_ptr<manual_clock> clock_;
  timespan write_time_;
  timespan page_time_;
};

struct slow_options {
  std::shared_ptr<manual_clock> clock;
  timespan write_time{0};
  timespan page_time{0};

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    return std::make_unique<slow_adapter>(ets_options{}.make(context), clock,
                                          write_time, page_time);
  }
};

/// Returns the different lifetimes that the entries of a cache have left.
std::set<timespan> lifetimes_in(const cache<int>& xs) {
  std::set<timespan> result;
  for (const auto& [key, x] : must(xs.scan({}, 10'000)).entries)
    result.insert(x.remaining.span());
  return result;
}

void put_all(const cache<int>& xs, int count, ttl lifetime) {
  std::vector<std::pair<std::string, int>> entries;
  for (int i = 0; i < count; ++i)
    entries.emplace_back(std::to_string(i), i);
  must(xs.put_many(entries, lifetime));
}

} // namespace

TEST_CASE("lifetimes go on while entries are put into a slow cache",
          "[transfer]") {
  world w;
  auto [xs, ys] = start_two(w, ets_options{}, slow_options{w.clock(), 10ms});
  put_all(xs, 600, 1h);
  SECTION("by copy") {
    CHECK(must(xs.copy_to(ys)) == 600);
    CHECK(lifetimes_in(ys) == std::set<timespan>{1h - 6s});
  }
  SECTION("by a file") {
    snapshot_file file;
    must(xs.save_snapshot(file.path));
    CHECK(must(ys.load_snapshot(file.path)) == 600);
    // All end together: a part of the time that has gone by is the wall's.
    CHECK(lifetimes_in(ys).size() == 1);
    CHECK(*lifetimes_in(ys).begin() <= 1h - 6s);
  }
  SECTION("up to their end, after which they are not put any more") {
    must(xs.clear());
    put_all(xs, 600, 1s);
    CHECK(must(xs.copy_to(ys)) == 100);
    CHECK(lifetimes_in(ys).empty());
  }
}

TEST_CASE("lifetimes go on while a slow cache is read", "[transfer]") {
  world w;
  auto [xs, ys] = start_two(w, slow_options{w.clock(), 0s, 1s});
  put_all(xs, 600, 1h);
  SECTION("by copy") {
    CHECK(must(xs.copy_to(ys)) == 600);
    CHECK(lifetimes_in(ys) == std::set<timespan>{1h - 3s});
  }
  SECTION("into a file") {
    snapshot_file file;
    CHECK(must(xs.save_snapshot(file.path)) == 600);
    CHECK(must(ys.load_snapshot(file.path)) == 600);
    CHECK(lifetimes_in(ys).size() == 1);
  }
}
