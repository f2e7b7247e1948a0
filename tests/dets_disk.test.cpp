// Disks without room, and those that only give.

#include "../adapters/fibers/sanitizers.hpp"

#include "support/dets_fixture.hpp"
#include "support/full_disk.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <sys/mount.h>
#include <sys/resource.h>
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

/// Makes a table with one entry, and closes it.
void leave_table(const dets_options& options) {
  auto store = options.make({"test"});
  check_ok(store->start());
  take(store->put("k", make_entry(1), time_point{}));
  check_ok(store->stop());
}

} // namespace

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

TEST_CASE("on a small disk logs leave the room to the table", "[dets]") {
  small_file_system disk{"size=400k"};
  if (!disk.mounted())
    SKIP("only root can mount a file system");
  dets_fixture table{{.sync = sync_policy::every_write}};
  table.options.file_path = disk.path() + "/table.dets";
  check_ok(table.start());
  for (int i = 0; i < 200; ++i) {
    table.put(fmt::format("key{}", i % 50), i);
    if (i % 10 == 0)
      check_ok(table.backend().sync());
  }
  table.restart();
  CHECK(table.size() == 50);
  check_ok(table.store->stop());
}

TEST_CASE("no room on the disk when a table starts is an error", "[dets]") {
  small_file_system disk{"size=1m"};
  if (!disk.mounted())
    SKIP("only root can mount a file system");
  auto path = disk.path() + "/table.dets";
  dets_options options{.file_path = path};
  leave_table(options);
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
  leave_table(options);
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
