#include "environment.hpp"

#include "actor_cache/errc.hpp"

#include "../ets/file_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace actor_cache::dets_store {

namespace {

// Room for the readers of one process, with some to spare.
constexpr unsigned max_readers = 128;

/// Gives LMDB's lock file the room that so many readers need. LMDB makes it
/// without, and writes to it as to memory: where the disk has none then, that
/// ends the process.
caf::error make_lock_file(const std::string& path) {
  constexpr off_t size = 64 * (max_readers + 8);
  auto fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd == -1)
    return ets_table::last_io_error("open", path);
  errno = ::posix_fallocate(fd, 0, size);
  auto err = errno == 0 ? caf::error{}
                        : ets_table::last_io_error("make room for", path);
  ::close(fd);
  return err;
}

/// Tells whether this process may have so much more address space.
bool has_address_space(size_t size) noexcept {
  auto* at = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                    0);
  return at != MAP_FAILED && ::munmap(at, size) == 0;
}

} // namespace

caf::error lmdb_error(std::string_view what, const std::string& path,
                      int code) {
  if (code == closed_code)
    return make_error(errc::cache_not_running,
                      fmt::format("cannot {} '{}': it was closed", what, path));
  auto reason = std::string{mdb_strerror(code)};
  if (code == EIO) // which LMDB says of a write that was cut short
    reason += "; the disk may be full";
  auto foreign = code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND
                 || code == MDB_INVALID || code == MDB_VERSION_MISMATCH
                 || code == MDB_CURSOR_FULL;
  return make_error(foreign ? errc::corrupt_value : errc::io_error,
                    fmt::format("cannot {} '{}': {}", what, path, reason));
}

caf::expected<std::unique_ptr<environment>>
environment::open(environment_settings settings) {
  std::unique_ptr<environment> result{new environment{std::move(settings)}};
  if (auto err = result->open(); !err.empty())
    return err;
  return result;
}

environment::~environment() {
  close();
}

caf::error environment::open() {
  unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
  if (settings_.read_only)
    flags |= MDB_RDONLY | MDB_NOLOCK; // whoever writes was kept out before
  if (!settings_.synced)
    flags |= MDB_NOSYNC;
  if (!settings_.read_only)
    if (auto err = make_lock_file(settings_.path + "-lock"); !err.empty())
      return err;
  auto fail = [&](int code) {
    return lmdb_error("open", settings_.path, code);
  };
  if (auto code = mdb_env_create(&env_); code != 0)
    return fail(code);
  mdb_env_set_assert(env_, [](MDB_env*, const char* text) {
    throw tree_damaged{text};
  });
  map_size_ = settings_.map_size;
  if (auto code = mdb_env_set_mapsize(env_, map_size_); code != 0)
    return fail(code);
  if (auto code = mdb_env_set_maxreaders(env_, max_readers); code != 0)
    return fail(code);
  if (auto code = mdb_env_open(env_, settings_.path.c_str(), flags, 0666);
      code != 0)
    return fail(code);
  MDB_stat found;
  if (auto code = mdb_env_stat(env_, &found); code != 0)
    return fail(code);
  page_size_ = found.ms_psize;
  MDB_txn* transaction = nullptr;
  if (auto code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &transaction);
      code != 0)
    return fail(code);
  auto code = mdb_dbi_open(transaction, nullptr, 0, &table_);
  mdb_txn_abort(transaction);
  return code == 0 ? caf::error{} : fail(code);
}

void environment::take_all_slots() noexcept {
  for (auto& x : slots_) {
    while (x.taken.exchange(true, std::memory_order_acquire))
      std::this_thread::yield();
    if (x.transaction != nullptr && x.seen != 0)
      mdb_txn_reset(x.transaction);
    x.seen = 0;
  }
}

void environment::release_all_slots() noexcept {
  for (auto& x : slots_)
    x.taken.store(false, std::memory_order_release);
}

void environment::close() noexcept {
  take_all_slots();
  close_taken();
  release_all_slots();
}

void environment::close_taken() noexcept {
  for (auto& x : slots_)
    if (auto* transaction = std::exchange(x.transaction, nullptr))
      mdb_txn_abort(transaction);
  if (env_ != nullptr)
    mdb_env_close(std::exchange(env_, nullptr));
}

caf::error environment::grow(size_t least) {
  auto size = map_size();
  while (size < least)
    size *= 2;
  auto code = ENOMEM;
  take_all_slots();
  // LMDB lets go of what it has before it asks for more, and is left without
  // any where it gets none.
  if (has_address_space(size - map_size())) {
    code = mdb_env_set_mapsize(env_, size);
    if (code == 0)
      map_size_ = size;
    else
      close_taken();
  }
  release_all_slots();
  if (code == 0)
    return {};
  return lmdb_error(fmt::format("get {} bytes of address space for", size),
                    settings_.path, code);
}

void environment::committed() noexcept {
  commits_.fetch_add(1, std::memory_order_release);
  // What idle readers have seen would keep its pages from being used again.
  for (auto& x : slots_)
    if (!x.taken.exchange(true, std::memory_order_acquire)) {
      if (x.transaction != nullptr && x.seen != 0)
        mdb_txn_reset(x.transaction);
      x.seen = 0;
      x.taken.store(false, std::memory_order_release);
    }
}

caf::error environment::sync() {
  if (auto code = mdb_env_sync(env_, 1); code != 0)
    return lmdb_error("write to", settings_.path, code);
  return {};
}

environment::slot& environment::take_slot() noexcept {
  auto index = std::hash<std::thread::id>{}(std::this_thread::get_id());
  for (size_t tried = 0;; ++tried, ++index) {
    auto& x = slots_[index % slots_.size()];
    if (!x.taken.load(std::memory_order_relaxed)
        && !x.taken.exchange(true, std::memory_order_acquire))
      return x;
    if (tried >= slots_.size())
      std::this_thread::yield();
  }
}

read_access::read_access(environment& env) : slot_(env.take_slot()) {
  auto now = env.commits_.load(std::memory_order_acquire);
  if (env.env_ == nullptr) {
    code_ = closed_code;
  } else if (slot_.transaction == nullptr) {
    code_ = mdb_txn_begin(env.env_, nullptr, MDB_RDONLY, &slot_.transaction);
    if (code_ != 0)
      slot_.transaction = nullptr;
  } else if (slot_.seen != now) {
    if (slot_.seen != 0)
      mdb_txn_reset(slot_.transaction);
    code_ = mdb_txn_renew(slot_.transaction);
  }
  slot_.seen = code_ == 0 ? now : 0;
}

read_access::~read_access() {
  slot_.taken.store(false, std::memory_order_release);
}

} // namespace actor_cache::dets_store
