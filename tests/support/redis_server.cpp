#include "redis_server.hpp"

#include "loopback.hpp"
#include "must.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace actor_cache::test {

namespace {

/// Tells whether a server could listen at a port of the loopback interface.
bool is_free(uint16_t port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto where = loopback(port);
  auto result
    = ::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  ::close(fd);
  return result;
}

/// Takes a port among all processes of these tests, as long as this one lives:
/// it takes a while until a server listens there, and who would start another
/// one at the same port joins two clusters.
bool claim(uint16_t port) {
  auto fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto name = fmt::format("actor_cache test port {}", port);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  // Behind a zero: an abstract name, which needs no file.
  std::memcpy(where.sun_path + 1, name.data(), name.size());
  auto size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where),
             static_cast<socklen_t>(size))
      == 0)
    return true;
  ::close(fd);
  return false;
}

/// Tells whether who listens at a unix socket answers to a PING, with whatever.
bool answers(const std::string& path) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
  auto fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char first = 0;
  auto result = ::connect(fd, reinterpret_cast<const sockaddr*>(&where),
                          sizeof where)
                  == 0
                && ::send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6
                && ::recv(fd, &first, 1, 0) == 1;
  ::close(fd);
  return result;
}

/// Wakes up whoever waits for a server that starts: at each file that it
/// writes, its log above all, and at its end.
class start_watch {
public:
  explicit start_watch(const std::string& folder)
    : changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    REQUIRE(::inotify_add_watch(changes_, folder.c_str(), IN_CREATE | IN_MODIFY)
            != -1);
    REQUIRE(::pipe2(life_, O_CLOEXEC) == 0);
  }

  ~start_watch() {
    ::close(changes_);
    ::close(life_[0]);
    let_go();
  }

  start_watch(const start_watch&) = delete;

  start_watch& operator=(const start_watch&) = delete;

  /// What the server holds open as long as it lives.
  int life() const noexcept {
    return life_[1];
  }

  /// To be called once the server holds it.
  void let_go() noexcept {
    if (life_[1] != -1)
      ::close(life_[1]);
    life_[1] = -1;
  }

  /// Forgets what was there to see.
  void look() noexcept {
    char events[4096];
    while (::read(changes_, events, sizeof events) > 0)
      ; // the next one
  }

  /// Waits for something that `look` has not seen.
  /// @returns whether the server lives
  bool wait() noexcept {
    pollfd what[2] = {{changes_, POLLIN, 0}, {life_[0], POLLIN, 0}};
    while (::poll(what, 2, -1) < 0 && errno == EINTR)
      ;
    return what[1].revents == 0;
  }

private:
  int changes_;
  int life_[2] = {-1, -1};
};

/// Becomes the server, in a child process: calls only what is allowed there.
[[noreturn]] void become_server(char* const* arguments, const char* folder,
                                const char* log, int life, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::fcntl(life, F_SETFD, 0);
  if (::getppid() != parent || ::chdir(folder) != 0)
    ::_exit(127);
  auto out = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

} // namespace

uint16_t free_port(uint16_t also_above) {
  // Below the range that the kernel takes ports of clients from.
  static thread_local std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> ports{10000, 22000};
  for (;;) {
    auto port = static_cast<uint16_t>(ports(random));
    auto above = static_cast<uint16_t>(port + also_above);
    if (is_free(port) && is_free(above) && claim(port)
        && (above == port || claim(above)))
      return port;
  }
}

redis_server::redis_server(redis_server_options options)
  : options_(std::move(options)), port_(options_.port) {
  if (options_.clock_of != nullptr)
    clock_file_ = options_.clock_of->clock_file_;
  else if (options_.driven_clock)
    make_clock();
  for (const auto& [name, content] : options_.files)
    std::ofstream{file(name.c_str())} << content;
  constexpr auto attempts = 10;
  for (auto i = 0; i < attempts; ++i) {
    if (options_.port == 0)
      port_ = free_port(10000);
    // Somebody else may have been faster to take the port.
    if (start())
      return;
  }
  fail("redis-server does not start; its log: " + log());
}

redis_server::~redis_server() {
  kill();
  if (clock_ != nullptr)
    ::munmap(clock_, sizeof(int64_t));
}

std::string redis_server::address() const {
  return host_ + ":" + std::to_string(port_);
}

std::string redis_server::file(const char* name) const {
  return folder_.path() + "/" + name;
}

std::string redis_server::socket() const {
  return file("socket");
}

std::string redis_server::log() const {
  std::ifstream in{file("log")};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void redis_server::write_config() const {
  // A cluster's node and a sentinel keep in files what they have learnt.
  std::ofstream out{file("redis.conf"), std::ios::trunc};
  out << "bind " << host_ << '\n'
      << "port " << (options_.tls ? 0 : port_) << '\n'
      << "unixsocket " << socket() << '\n';
  if (options_.tls)
    out << "tls-port " << port_ << '\n';
  if (!options_.sentinel)
    out << "save \"\"\nappendonly no\n";
  for (const auto& line : options_.config)
    out << line << '\n';
}

void redis_server::make_clock() {
  clock_file_ = file("clock");
  auto fd = ::open(clock_file_.c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(::ftruncate(fd, sizeof(int64_t)) == 0);
  auto* where = ::mmap(nullptr, sizeof(int64_t), PROT_READ | PROT_WRITE,
                       MAP_SHARED, fd, 0);
  ::close(fd);
  REQUIRE(where != MAP_FAILED);
  clock_ = static_cast<std::atomic<int64_t>*>(where);
}

void redis_server::spawn(int life) {
  auto config = file("redis.conf");
  auto log = file("log");
  std::vector<std::string> arguments;
  if (!clock_file_.empty())
    arguments = {"env", "LD_PRELOAD=" ACTOR_CACHE_DRIVEN_CLOCK,
                 "ACTOR_CACHE_DRIVEN_CLOCK=" + clock_file_};
  arguments.insert(arguments.end(), {ACTOR_CACHE_REDIS_SERVER, config});
  if (options_.sentinel)
    arguments.emplace_back("--sentinel");
  std::vector<char*> pointers;
  for (auto& x : arguments)
    pointers.push_back(x.data());
  pointers.push_back(nullptr);
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become_server(pointers.data(), folder_.path().c_str(), log.c_str(), life,
                  parent);
  if (pid_ < 0)
    fail(fmt::format("no process for redis-server: {}", std::strerror(errno)));
}

bool redis_server::start() {
  ::unlink(socket().c_str());
  write_config();
  start_watch watch{folder_.path()};
  spawn(watch.life());
  watch.let_go();
  for (watch.look(); !answers(socket()); watch.look())
    if (!watch.wait()) {
      signal_and_wait(SIGKILL);
      return false;
    }
  return true;
}

void redis_server::signal_and_wait(int what) {
  if (!running())
    return;
  ::kill(pid_, what);
  ::kill(pid_, SIGCONT); // it may be paused
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR)
    ;
  pid_ = 0;
}

void redis_server::stop() {
  signal_and_wait(SIGTERM);
}

void redis_server::kill() {
  signal_and_wait(SIGKILL);
}

void redis_server::pause() {
  if (!running())
    fail("no redis-server runs");
  ::kill(pid_, SIGSTOP);
  // Stopped when the kernel says so, not when the signal was sent.
  while (::waitpid(pid_, nullptr, WUNTRACED) < 0 && errno == EINTR)
    ;
}

void redis_server::resume() {
  if (!running())
    fail("no redis-server runs");
  ::kill(pid_, SIGCONT);
}

void redis_server::restart() {
  kill();
  // The port may still be on its way back to us.
  for (auto i = 0; i < 50; ++i)
    if (start())
      return;
  fail("redis-server does not start again; its log: " + log());
}

} // namespace actor_cache::test
