// Preloaded into a Redis server, so that its time is what a test says: some
// microseconds that the test keeps in a file, which both map.

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>

namespace {

const std::atomic<int64_t>* map_file() noexcept {
  const auto* path = std::getenv("ACTOR_CACHE_DRIVEN_CLOCK");
  auto fd = path != nullptr ? open(path, O_RDONLY) : -1;
  auto* where = mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (where == MAP_FAILED)
    std::abort();
  return static_cast<const std::atomic<int64_t>*>(where);
}

} // namespace

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  static const auto* microseconds = map_file();
  auto passed = microseconds->load();
  now->tv_sec = 1'900'000'000 + passed / 1'000'000;
  now->tv_usec = passed % 1'000'000;
  return 0;
}
