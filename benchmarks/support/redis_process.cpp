#include "redis_process.hpp"

#include <hiredis/hiredis.h>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace actor_cache::bench {

namespace {

bool answers(uint16_t port) {
  std::unique_ptr<redisContext, void (*)(redisContext*)> link{
    redisConnect("127.0.0.1", port), redisFree};
  return link != nullptr && link->err == 0;
}

} // namespace

redis_process::redis_process()
  : port_(static_cast<uint16_t>(20000 + getpid() % 10000)) {
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto port = std::to_string(port_);
    static_cast<void>(std::freopen("/dev/null", "w", stdout));
    execl(ACTOR_CACHE_REDIS_SERVER, "redis-server", "--port", port.c_str(),
          "--save", "", "--bind", "127.0.0.1", nullptr);
    _exit(127);
  }
  while (!answers(port_)) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      fmt::print(stderr, "redis-server does not start; is it installed?\n");
      std::exit(1);
    }
    std::this_thread::yield();
  }
}

redis_process::~redis_process() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

double redis_process::redis_benchmark(int clients, int pipeline) const {
  auto command = fmt::format("redis-benchmark -p {} -q --csv -t set,get -d 100 "
                             "-c {} -P {} -n {}",
                             port_, clients, pipeline,
                             clients * pipeline * 4000);
  std::unique_ptr<FILE, int (*)(FILE*)> out{popen(command.c_str(), "r"),
                                            pclose};
  auto result = 0.0;
  char line[512];
  while (out != nullptr && std::fgets(line, sizeof(line), out.get()) != nullptr)
    std::sscanf(line, "\"GET\",\"%lf\"", &result);
  return result;
}

double redis_process::cpu_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid_, &clock) != 0
      || clock_gettime(clock, &used) != 0)
    return 0.0;
  return static_cast<double>(used.tv_sec)
         + static_cast<double>(used.tv_nsec) / 1e9;
}

} // namespace actor_cache::bench
