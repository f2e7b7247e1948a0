// Preloaded into a Redis server, so that its clock stands still: time is what
// the test's own clock says.

#include <sys/time.h>

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  now->tv_sec = 1'900'000'000;
  now->tv_usec = 0;
  return 0;
}
