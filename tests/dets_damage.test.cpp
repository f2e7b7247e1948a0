#include "../adapters/fibers/sanitizers.hpp"

#include "support/dets_fixture.hpp"

#include "../adapters/dets/log_file.hpp"
#include "../adapters/encoding/checksum.hpp"
#include "../adapters/ets/file_format.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <csignal>
#include <random>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/// A file system in memory, which takes what root alone may do.
class small_file_system {
public:
  explicit small_file_system(const char* options) {
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options)
               == 0;
  }

  small_file_system(const small_file_system&) = delete;

  small_file_system& operator=(const small_file_system&) = delete;

  ~small_file_system() {
    if (mounted_)
      ::umount2(path().c_str(), MNT_DETACH);
  }

  bool mounted() const noexcept {
    return mounted_;
  }

  const std::string& path() const noexcept {
    return folder_.path();
  }

private:
  temporary_folder folder_;
  bool mounted_ = false;
};

/// Fills a table and returns the bytes of its file.
std::string filled(dets_fixture& table, int count = 300) {
  check_ok(table.start());
  for (int i = 0; i < count; ++i)
    table.put(fmt::format("key{}", i), i);
  take(table.store->put("large", {term::of(std::string(20'000, 'x'))},
                        table.clock->now()));
  check_ok(table.store->stop());
  return bytes_of(table.path());
}

/// Makes a table too large for each of its records to be checked at the start,
/// with values that have pages of their own, and returns the bytes of its file.
std::string filled_with_large(dets_fixture& table) {
  check_ok(table.start());
  for (int i = 0; i < 5000; ++i)
    take(table.store->put(fmt::format("key{}", i),
                          {term::of(std::string(3000, 'x'))},
                          table.clock->now()));
  for (int i = 0; i < 4; ++i) { // each leaves pages free
    check_ok(table.backend().sync());
    table.put("few", i);
  }
  // None have room for this one: it is at the end.
  take(table.store->put("last", {term::of(std::string(200'000, 'x'))},
                        table.clock->now()));
  check_ok(table.store->stop());
  auto result = bytes_of(table.path());
  REQUIRE(result.size() > size_t{16} << 20);
  return result;
}

/// Starts a table that must refuse its file and leave it as it is.
void check_refused(dets_fixture& table, const std::string& reason) {
  auto before = bytes_of(table.path());
  check_names(table.start(), errc::corrupt_value, table.path(), reason);
  table.store.reset();
  CHECK(bytes_of(table.path()) == before);
}

/// Files cannot get larger while this lives.
class full_disk {
public:
  explicit full_disk(rlim_t size) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
    rlimit next{size, old_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &next) == 0);
  }

  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

private:
  rlimit old_ = {};
  void (*old_handler_)(int);
};

/// The process gets only so much more address space while this lives.
class little_address_space {
public:
  explicit little_address_space(rlim_t more) {
    REQUIRE(::getrlimit(RLIMIT_AS, &old_) == 0);
    rlim_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    rlimit next{pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + more,
                old_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &next) == 0);
  }

  ~little_address_space() {
    ::setrlimit(RLIMIT_AS, &old_);
  }

private:
  rlimit old_ = {};
};

} // namespace

TEST_CASE("a file that is no table's is refused and left alone", "[dets]") {
  dets_fixture table;
  auto content = GENERATE(std::string{}, std::string{"a letter to my aunt"},
                          std::string(20'000, '\0'), std::string(20'000, 'x'),
                          std::string{"\x89"
                                      "ACETS\r\n and so on"});
  write_bytes(table.path(), content);
  check_refused(table, content.empty() ? "it is empty" : "it is no dets file");
  CHECK(inspect_dets_file(table.path()).error() == errc::corrupt_value);
}

TEST_CASE("a file of LMDB's that is no table's is refused", "[dets]") {
  dets_fixture table;
  {
    MDB_env* env = nullptr;
    REQUIRE(mdb_env_create(&env) == 0);
    REQUIRE(mdb_env_open(env, table.path().c_str(), MDB_NOSUBDIR, 0644) == 0);
    MDB_txn* transaction = nullptr;
    REQUIRE(mdb_txn_begin(env, nullptr, 0, &transaction) == 0);
    MDB_dbi all = 0;
    REQUIRE(mdb_dbi_open(transaction, nullptr, 0, &all) == 0);
    auto key = dets_store::to_val("theirs");
    REQUIRE(mdb_put(transaction, all, &key, &key, 0) == 0);
    REQUIRE(mdb_txn_commit(transaction) == 0);
    mdb_env_close(env);
  }
  check_refused(table, "no dets file");
}

TEST_CASE("a file from a newer version is refused", "[dets]") {
  dets_fixture table;
  auto bytes = filled(table, 3);
  std::string head{"\x89"
                   "ACDETS\n"};
  auto at = bytes.find(head);
  REQUIRE(at != std::string::npos);
  std::string text = head;
  ets_table::append_number(text, uint32_t{2});
  text += '\0';
  ets_table::append_number(text, detail::crc32c(text));
  for (; at != std::string::npos; at = bytes.find(head, at + 1))
    bytes.replace(at, text.size(), text);
  write_bytes(table.path(), bytes);
  check_refused(table, "its format is version 2; known is 1");
}

TEST_CASE("a file that was cut off is refused, wherever that was", "[dets]") {
  dets_fixture table;
  auto bytes = filled(table);
  for (size_t size = 1; size < bytes.size(); size += size < 9000 ? 611 : 4096) {
    write_bytes(table.path(), std::string_view{bytes}.substr(0, size));
    auto err = table.start();
    table.store.reset();
    if (err != errc::corrupt_value)
      FAIL("cut off after " << size << " of " << bytes.size()
                            << " bytes: " << message_of(err));
    CHECK_THAT(message_of(err), ContainsSubstring(table.path()));
  }
}

TEST_CASE("no bit can flip and change what a table says, or end the process",
          "[dets]") {
  dets_fixture table;
  auto bytes = filled(table);
  std::mt19937_64 random{GENERATE(1u, 2u, 3u, 4u)};
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    auto flipped = bytes;
    auto bit = random() % (8 * bytes.size());
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_bytes(table.path(), flipped);
    CAPTURE(bit);
    if (auto err = table.start(); !err.empty()) {
      CHECK(err == errc::corrupt_value);
      CHECK_THAT(message_of(err), ContainsSubstring(table.path()));
      table.store.reset();
      CHECK(bytes_of(table.path()) == flipped);
      ++refused;
      continue;
    }
    for (int i = 0; i < 300; ++i) {
      auto found = take(table.store->get(fmt::format("key{}", i), at(0s)));
      REQUIRE(found);
      if (auto value = found->value.as<int>())
        CHECK(*value == i);
      else
        CHECK(value.error() == errc::corrupt_value);
    }
    table.put("more", 1);
    check_ok(table.store->stop());
    table.store.reset();
  }
  CHECK(refused > 0);
}

TEST_CASE("a large file that was cut off is refused, wherever that was",
          "[dets]") {
  dets_fixture table;
  auto bytes = filled_with_large(table);
  for (auto lost : {size_t{1}, size_t{4096}, size_t{100'000}, size_t{1} << 20,
                    size_t{8} << 20, bytes.size() - 30'000}) {
    CAPTURE(lost);
    write_bytes(table.path(),
                std::string_view{bytes}.substr(0, bytes.size() - lost));
    check_names(table.start(), errc::corrupt_value, table.path(), "cut off");
    table.store.reset();
  }
}

TEST_CASE("no bit in a leaf of a large file can flip and lead a reader astray",
          "[dets]") {
  dets_fixture table;
  auto bytes = filled_with_large(table);
  std::vector<size_t> leaves;
  for (size_t at = 2 * 4096; at < bytes.size(); at += 4096)
    if (bytes[at + 10] == 2 && bytes[at + 11] == 0) // its flags
      leaves.push_back(at);
  REQUIRE(leaves.size() > 10);
  auto refused = 0;
  auto try_bit = [&](size_t at, int bit) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
    write_bytes(table.path(), flipped);
    auto err = table.start();
    if (!err.empty()) {
      CHECK(err == errc::corrupt_value);
      ++refused;
      return;
    }
    for (int i = 0; i < 5000; ++i) {
      auto found = table.store->get(fmt::format("key{}", i),
                                    table.clock->now());
      if (!found)
        CHECK(found.error() == errc::corrupt_value);
      else if (!*found)
        FAIL("lost key" << i << " by bit " << bit << " of byte " << at);
    }
    check_ok(table.store->stop());
  };
  std::mt19937 random{GENERATE(1u, 2u)};
  for (int round = 0; round < 12; ++round) {
    auto page = leaves[random() % leaves.size()];
    auto first = page + ets_table::number_at<uint16_t>(&bytes[page + 16]);
    try_bit(page + 16 + random() % 64, static_cast<int>(random() % 8));
    try_bit(first + 3, 7); // two GiB more
    try_bit(first + random() % 8, static_cast<int>(random() % 8));
  }
  CHECK(refused > 0);
}

TEST_CASE("a damaged log is refused and left alone", "[dets]") {
  temporary_folder folder;
  auto path = folder.path() + "/log";
  auto nothing = [](std::string_view) { return caf::error{}; };
  {
    auto log = take(dets_store::log_file::open(path));
    log.begin(1);
    for (auto changes : {"one", "two", "three"})
      check_ok(log.append(changes));
  }
  auto bytes = bytes_of(path);
  auto replayed = [&] {
    auto log = dets_store::log_file::open(path);
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
    write_bytes(path, bytes.substr(0, bytes.size() - 2));
    std::string seen;
    auto note = [&](std::string_view x) {
      seen.append(x).append(";");
      return caf::error{};
    };
    auto log = take(dets_store::log_file::open(path));
    check_ok(log.replay(note));
    CHECK(seen == "one;two;");
  }
}

TEST_CASE("two caches cannot have one file", "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  table.put("k", 1);
  auto other = dets_options{.file_path = table.path()}.make({"other"});
  check_names(other->start(), errc::unavailable, table.path(),
              "in use by another process, or by another cache of this one");
  CHECK(table.get("k") == 1);
  check_ok(table.store->stop());
  auto third = dets_options{.file_path = table.path()}.make({"third"});
  check_ok(third->start());
  CHECK(take(third->size(at(0s))) == 1);
  check_ok(third->stop());
}

TEST_CASE("a full disk is an error that names the file, and loses nothing",
          "[dets]") {
  dets_fixture table{
    {.sync = GENERATE(sync_policy::every_write, sync_policy::interval,
                      sync_policy::never)}};
  check_ok(table.start());
  int written = 0;
  auto put_one = [&] {
    std::string value(5000, static_cast<char>('a' + written % 26));
    auto done = table.store->put(std::to_string(written), {term::of(value)},
                                 table.clock->now());
    return done ? caf::error{} : done.error();
  };
  for (; written < 20; ++written)
    check_ok(put_one());
  check_ok(table.backend().sync());
  {
    full_disk full{std::filesystem::file_size(table.path()) + 20'000};
    auto err = caf::error{};
    for (; err.empty() && written < 100; ++written)
      err = put_one();
    if (err.empty())
      err = table.backend().sync();
    else
      --written;
    check_names(err, errc::io_error, table.path(), "write");
    CHECK_THAT(message_of(err), ContainsSubstring("too large")
                                  || ContainsSubstring("may be full"));
    // It is not silent afterwards either.
    CHECK((put_one() == errc::io_error
           || table.backend().sync() == errc::io_error));
    CHECK(take(table.store->get("7", at(0s))));
  }
  // There is room again.
  check_ok(table.backend().sync());
  check_ok(put_one());
  ++written;
  table.restart();
  for (int i = 0; i < written; ++i)
    if (!take(table.store->get(std::to_string(i), at(0s))))
      FAIL("lost " << i << " of " << written);
}

TEST_CASE("a file system that gets full while a table is written to loses "
          "nothing",
          "[dets]") {
  small_file_system disk{"size=1m"};
  if (!disk.mounted())
    SKIP("only root can mount a file system");
  auto filler = disk.path() + "/filler";
  dets_fixture table{
    {.sync = GENERATE(sync_policy::every_write, sync_policy::interval,
                      sync_policy::never),
     .sync_interval = 1h}};
  table.options.file_path = disk.path() + "/table.dets";
  check_ok(table.start());
  auto put_one = [&](int i) {
    auto done = table.store->put(std::to_string(i),
                                 {term::of(std::string(5000, 'x'))}, at(0s));
    auto err = done ? caf::error{} : done.error();
    return err.empty() ? table.backend().sync() : err;
  };
  int written = 0;
  for (; written < 10; ++written)
    check_ok(put_one(written));
  std::ofstream{filler} << std::string(size_t{1} << 20, 'x');
  auto err = caf::error{};
  for (; err.empty() && written < 100; ++written)
    err = put_one(written);
  --written; // that one may be there, or not
  check_names(err, errc::io_error, table.options.file_path, "");
  CHECK_THAT(message_of(err), ContainsSubstring("No space left")
                                || ContainsSubstring("may be full"));
  CHECK(take(table.store->get("7", at(0s))));
  std::filesystem::remove(filler);
  check_ok(put_one(100));
  table.restart();
  for (int i = 0; i < written; ++i)
    if (!take(table.store->get(std::to_string(i), at(0s))))
      FAIL("lost " << i << " of " << written);
  CHECK(take(table.store->get("100", at(0s))));
  check_ok(table.store->stop());
}

TEST_CASE("no room on the disk when a table starts is an error", "[dets]") {
  small_file_system disk{"size=1m"};
  if (!disk.mounted())
    SKIP("only root can mount a file system");
  auto path = disk.path() + "/table.dets";
  dets_options options{.file_path = path};
  {
    auto store = options.make({"test"});
    check_ok(store->start());
    take(store->put("k", make_entry(1), time_point{}));
    check_ok(store->stop());
  }
  auto filler = disk.path() + "/filler";
  std::ofstream{filler} << std::string(size_t{1} << 20, 'x');
  check_names(options.make({"test"})->start(), errc::io_error, path + "-lock",
              "No space left");
  auto other = disk.path() + "/other.dets";
  check_names(dets_options{.file_path = other}.make({"test"})->start(),
              errc::io_error, other, "No space left");
  std::filesystem::remove(filler);
  CHECK(!std::filesystem::exists(other));
  {
    auto store = options.make({"test"});
    check_ok(store->start());
    CHECK(take(store->get("k", time_point{})));
    check_ok(store->stop());
  }
}

TEST_CASE("no more address space is an error, and loses nothing", "[dets]") {
#if defined(ACTOR_CACHE_ASAN) || defined(ACTOR_CACHE_TSAN)
  SKIP("sanitizers take address space as they like");
#endif
  dets_fixture table{{.map_size = size_t{8} << 20}};
  check_ok(table.start());
  auto put_some = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      take(table.store->put(std::to_string(i),
                            {term::of(std::string(6000, 'x'))},
                            table.clock->now()));
    return table.backend().sync();
  };
  check_ok(put_some(0, 700));
  {
    little_address_space little{size_t{6} << 20};
    check_names(put_some(700, 1300), errc::io_error, table.path(),
                "address space");
    CHECK(take(table.store->get("7", table.clock->now())));
  }
  check_ok(table.backend().sync());
  CHECK(table.size() == 1300);
}

TEST_CASE("a file system that is read only is an error that names the file",
          "[dets]") {
  small_file_system disk{"size=1m"};
  if (!disk.mounted())
    SKIP("only root can mount a file system");
  auto path = disk.path() + "/table.dets";
  dets_options options{.file_path = path};
  {
    auto store = options.make({"test"});
    check_ok(store->start());
    take(store->put("k", make_entry(1), time_point{}));
    check_ok(store->stop());
  }
  auto remounted = ::mount("tmpfs", disk.path().c_str(), "tmpfs",
                           MS_REMOUNT | MS_RDONLY, nullptr)
                   == 0;
  if (remounted) {
    check_names(options.make({"test"})->start(), errc::io_error, path,
                "Read-only file system");
    auto elsewhere = disk.path() + "/none/table.dets";
    check_names(dets_options{.file_path = elsewhere}.make({"test"})->start(),
                errc::io_error, disk.path() + "/none", "Read-only file system");
    options.read_only = true;
    auto store = options.make({"test"});
    check_ok(store->start());
    CHECK(take(store->get("k", time_point{})));
    check_ok(store->stop());
  }
  CHECK(remounted);
}
