// A table in a file beside SQLite (with its write-ahead log) and LevelDB: reads
// and writes of 100-byte values, with the same promise about the disk.

#include "actor_cache/dets.hpp"
#include "actor_cache/actor_cache.hpp"
#include "actor_cache/encoding.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <benchmark/benchmark.h>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>

#include <fmt/format.h>

#include <sqlite3.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace std::literals;

constexpr int records = 100'000;

/// More than fit in memory.
constexpr int many_records = 1'000'000;

/// The bytes of memory that each store may have for what it has read, and again
/// for what waits to be written.
constexpr size_t memory = size_t{32} << 20;

enum class durability { none, each_write };

/// A folder that is gone in the end.
class scratch {
public:
  scratch() {
    auto name
      = (std::filesystem::current_path() / "dets_bench_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"cannot make " + name};
    path_ = name;
  }

  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

/// A key such as "user:17", made in place: to format a string takes a fifth of
/// what a read takes.
class key_of {
public:
  explicit key_of(uint64_t index) noexcept {
    end_ = std::to_chars(text_ + prefix, text_ + sizeof(text_), index).ptr;
  }

  operator std::string_view() const noexcept {
    return {text_, static_cast<size_t>(end_ - text_)};
  }

private:
  static constexpr size_t prefix = 5;

  char text_[32] = {'u', 's', 'e', 'r', ':'};
  char* end_;
};

std::string value_of(uint64_t index) {
  return std::string(100, static_cast<char>('a' + index % 26));
}

/// A store of strings; those of the peers hold bytes, as a cache would have to
/// store its values in them.
class peer {
public:
  virtual ~peer() = default;

  virtual void put(std::string_view key, const std::string& value) = 0;

  /// Returns the size of the value, 0 for a miss.
  virtual size_t get(std::string_view key) = 0;

  /// Brings what was put to where it is to stay.
  virtual void settle() = 0;
};

void require(bool condition, const std::string& what) {
  if (!condition)
    throw std::runtime_error{what};
}

// -- the peers ----------------------------------------------------------------

class level final : public peer {
public:
  explicit level(durability wanted) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.block_cache = blocks_.get();
    options.write_buffer_size = memory;
    leveldb::DB* db = nullptr;
    auto status = leveldb::DB::Open(options, folder_.path(), &db);
    require(status.ok(), status.ToString());
    db_.reset(db);
    write_.sync = wanted == durability::each_write;
  }

  void put(std::string_view key, const std::string& value) override {
    auto status = db_->Put(write_, slice(key), *actor_cache::encode(value));
    require(status.ok(), status.ToString());
  }

  size_t get(std::string_view key) override {
    std::string bytes;
    if (!db_->Get({}, slice(key), &bytes).ok())
      return 0;
    return actor_cache::decode<std::string>(bytes)->size();
  }

  void settle() override {
    db_->CompactRange(nullptr, nullptr);
  }

private:
  static leveldb::Slice slice(std::string_view x) noexcept {
    return {x.data(), x.size()};
  }

  scratch folder_;
  std::unique_ptr<leveldb::Cache> blocks_{leveldb::NewLRUCache(memory)};
  std::unique_ptr<leveldb::DB> db_;
  leveldb::WriteOptions write_;
};

/// A connection for each thread would be SQLite's way to read at once; writers
/// exclude each other anyway.
class sqlite final : public peer {
public:
  explicit sqlite(durability wanted) {
    require(sqlite3_open((folder_.path() + "/db").c_str(), &db_) == SQLITE_OK,
            "cannot open");
    run("pragma journal_mode=wal");
    run(wanted == durability::none ? "pragma synchronous=off"
                                   : "pragma synchronous=full");
    run(fmt::format("pragma cache_size=-{}", memory >> 10).c_str());
    run("create table entries (key blob primary key, value blob) "
        "without rowid");
    put_ = prepare("insert or replace into entries values (?, ?)");
    get_ = prepare("select value from entries where key = ?");
  }

  ~sqlite() override {
    sqlite3_finalize(put_);
    sqlite3_finalize(get_);
    sqlite3_close(db_);
  }

  void put(std::string_view key, const std::string& value) override {
    auto bytes = *actor_cache::encode(value);
    std::lock_guard guard{mtx_};
    bind(put_, 1, key);
    bind(put_, 2, bytes);
    auto code = sqlite3_step(put_);
    sqlite3_reset(put_);
    require(code == SQLITE_DONE, sqlite3_errmsg(db_));
  }

  size_t get(std::string_view key) override {
    std::string bytes;
    {
      std::lock_guard guard{mtx_};
      bind(get_, 1, key);
      if (sqlite3_step(get_) == SQLITE_ROW)
        bytes.assign(static_cast<const char*>(sqlite3_column_blob(get_, 0)),
                     static_cast<size_t>(sqlite3_column_bytes(get_, 0)));
      sqlite3_reset(get_);
    }
    if (bytes.empty())
      return 0;
    return actor_cache::decode<std::string>(bytes)->size();
  }

  void settle() override {
    run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  void run(const char* text) {
    char* reason = nullptr;
    if (sqlite3_exec(db_, text, nullptr, nullptr, &reason) != SQLITE_OK)
      throw std::runtime_error{reason};
  }

private:
  sqlite3_stmt* prepare(const char* text) {
    sqlite3_stmt* result = nullptr;
    require(sqlite3_prepare_v2(db_, text, -1, &result, nullptr) == SQLITE_OK,
            sqlite3_errmsg(db_));
    return result;
  }

  static void bind(sqlite3_stmt* at, int index, std::string_view bytes) {
    sqlite3_bind_blob(at, index, bytes.data(), static_cast<int>(bytes.size()),
                      SQLITE_STATIC);
  }

  scratch folder_;
  std::mutex mtx_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* put_ = nullptr;
  sqlite3_stmt* get_ = nullptr;
};

// -- the subject --------------------------------------------------------------

class dets_cache final : public peer {
public:
  using table = actor_cache::cache<std::string, actor_cache::dets>;

  explicit dets_cache(durability wanted, std::string path = {})
    : system_(config_) {
    actor_cache::dets_options options;
    options.file_path = path.empty() ? folder_.path() : path;
    options.cache_size = memory;
    options.sync = wanted == durability::none
                     ? actor_cache::sync_policy::never
                     : actor_cache::sync_policy::every_write;
    tree_ = *actor_cache::start_supervisor(
      system_, {actor_cache::cache_spec{.name = "bench", .adapter = options}});
    cache_.emplace(*table::find(system_, "bench"));
  }

  ~dets_cache() override {
    static_cast<void>(actor_cache::stop_supervisor(system_, tree_));
  }

  void put(std::string_view key, const std::string& value) override {
    auto done = cache_->put(key, value);
    require(static_cast<bool>(done), "cannot put");
  }

  void put_many(std::vector<std::pair<std::string, std::string>> entries) {
    auto done = cache_->put_many(std::move(entries));
    require(static_cast<bool>(done), "cannot put");
  }

  size_t get(std::string_view key) override {
    auto found = cache_->get(key);
    return found && *found ? (**found).size() : 0;
  }

  void settle() override {
    require(static_cast<bool>(cache_->sync()), "cannot sync");
  }

private:
  scratch folder_;
  caf::actor_system_config config_;
  caf::actor_system system_;
  actor_cache::supervisor_actor tree_;
  std::optional<table> cache_;
};

// -- the measurement ----------------------------------------------------------

std::unique_ptr<peer> make(const std::string& name, durability wanted) {
  if (name == "dets")
    return std::make_unique<dets_cache>(wanted);
  if (name == "leveldb")
    return std::make_unique<level>(wanted);
  return std::make_unique<sqlite>(wanted);
}

/// Keeps one filled store at a time, for all threads of a benchmark. Must go
/// before `main` returns: an actor system cannot end after that.
class shelf {
public:
  peer& filled(const std::string& name, durability wanted, int count) {
    std::lock_guard guard{mtx_};
    auto wanted_name = fmt::format("{}, {} {}", name, count,
                                   wanted == durability::none ? "" : "synced");
    if (current_ != wanted_name) {
      store_.reset();
      store_ = make(name, wanted);
      for (auto i = 0; i < count; ++i)
        store_->put(key_of(i), value_of(i));
      store_->settle();
      current_ = wanted_name;
    }
    return *store_;
  }

private:
  std::mutex mtx_;
  std::string current_;
  std::unique_ptr<peer> store_;
};

void reads(benchmark::State& state, shelf& stores, const std::string& name,
           int count) {
  auto& store = stores.filled(name, durability::none, count);
  std::mt19937 random{static_cast<unsigned>(state.thread_index())};
  for (auto _ : state)
    if (store.get(key_of(random() % count)) != 100)
      state.SkipWithError("a miss");
}

void writes(benchmark::State& state, shelf& stores, const std::string& name,
            durability wanted, int count) {
  auto& store = stores.filled(name, wanted, count);
  std::mt19937 random{static_cast<unsigned>(state.thread_index())};
  for (auto _ : state)
    store.put(key_of(random() % count), value_of(random()));
}

/// Opens a file with a million entries, reads one, and closes it.
void reopens(benchmark::State& state) {
  scratch folder;
  auto path = folder.path() + "/million.dets";
  {
    dets_cache store{durability::none, path};
    for (auto i = 0; i < 1'000'000; i += 10'000) {
      std::vector<std::pair<std::string, std::string>> entries;
      for (auto j = i; j < i + 10'000; ++j)
        entries.emplace_back(std::string_view{key_of(j)}, value_of(j));
      store.put_many(std::move(entries));
    }
  }
  actor_cache::dets_options options{.file_path = path};
  for (auto _ : state) {
    auto store = options.make({"million"});
    if (!store->start().empty()
        || !*store->get("user:777777", actor_cache::time_point{}))
      state.SkipWithError("not there");
    state.PauseTiming();
    static_cast<void>(store->stop());
    state.ResumeTiming();
  }
}

void add(shelf& stores, const std::string& name) {
  using benchmark::RegisterBenchmark;
  auto with = [&](const char* what) { return what + name; };
  RegisterBenchmark(with("read/").c_str(), reads, std::ref(stores), name,
                    records)
    ->UseRealTime()
    ->Threads(1)
    ->Threads(2);
  RegisterBenchmark(with("write/").c_str(), writes, std::ref(stores), name,
                    durability::none, records)
    ->UseRealTime();
  RegisterBenchmark(with("read_many/").c_str(), reads, std::ref(stores), name,
                    many_records)
    ->UseRealTime();
  RegisterBenchmark(with("write_many/").c_str(), writes, std::ref(stores), name,
                    durability::none, many_records)
    ->UseRealTime();
  RegisterBenchmark(with("write_synced/").c_str(), writes, std::ref(stores),
                    name, durability::each_write, 1000)
    ->UseRealTime()
    ->Threads(1)
    ->Threads(16);
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  shelf stores;
  for (auto name : {"dets", "leveldb", "sqlite"})
    add(stores, name);
  benchmark::RegisterBenchmark("reopen/dets/1M", reopens)
    ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
