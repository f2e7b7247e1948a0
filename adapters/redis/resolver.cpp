#include "resolver.hpp"

#include "actor_cache/errc.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace actor_cache::redis_wire {

namespace {

/// Look-ups that may be under way at a time.
constexpr size_t max_lookups = 16;

using addresses = caf::expected<std::vector<std::string>>;

/// One question to the resolver.
class lookup {
public:
  /// Becomes readable once there is an answer.
  int fd() const noexcept {
    return done_.fd();
  }

  void answer(addresses found) {
    std::lock_guard guard{mtx_};
    found_ = std::move(found);
    done_.signal();
  }

  addresses found() const {
    std::lock_guard guard{mtx_};
    return found_;
  }

private:
  fd_signal done_;
  mutable std::mutex mtx_;
  addresses found_{caf::error{}};
};

using lookup_ptr = std::shared_ptr<lookup>;

struct free_addresses {
  void operator()(addrinfo* x) const noexcept {
    freeaddrinfo(x);
  }
};

/// Returns the address as text, which names the interface where it is needed.
std::string text_of(const addrinfo& x) {
  char text[NI_MAXHOST] = {};
  auto status = getnameinfo(x.ai_addr, x.ai_addrlen, text, sizeof(text),
                            nullptr, 0, NI_NUMERICHOST);
  return status == 0 ? text : "";
}

/// Blocks for as long as the resolver pleases.
addresses ask_resolver(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  auto status = getaddrinfo(host.c_str(), nullptr, &wanted, &first);
  auto code = errno;
  std::unique_ptr<addrinfo, free_addresses> all{first};
  std::vector<std::string> result;
  for (auto family : {AF_INET, AF_INET6})
    for (const auto* x = all.get(); x != nullptr; x = x->ai_next)
      if (x->ai_family == family)
        if (auto text = text_of(*x); !text.empty())
          result.push_back(std::move(text));
  if (!result.empty())
    return result;
  auto reason = status == 0            ? "it has no IP address"
                : status == EAI_SYSTEM ? std::generic_category().message(code)
                                       : std::string{gai_strerror(status)};
  return make_error(errc::unavailable,
                    fmt::format("the name \"{}\" cannot be looked up: {}", host,
                                reason));
}

/// The look-ups of this process: the resolver is that of the process, and so is
/// the limit.
class lookup_table {
public:
  /// Returns the look-up of `host` that is under way, or a new one.
  caf::expected<lookup_ptr> join(const std::string& host) {
    std::lock_guard guard{mtx_};
    if (auto i = current_.find(host); i != current_.end())
      return i->second;
    if (current_.size() >= max_lookups)
      return make_error(errc::unavailable,
                        fmt::format("the name \"{}\" cannot be looked up: the "
                                    "resolver has yet to answer for {} others",
                                    host, current_.size()));
    auto result = std::make_shared<lookup>();
    std::thread{[this, host, result] { run(host, *result); }}.detach();
    current_.emplace(host, result);
    return result;
  }

private:
  void run(const std::string& host, lookup& what) {
    auto found = ask_resolver(host);
    {
      std::lock_guard guard{mtx_};
      current_.erase(host);
    }
    what.answer(std::move(found));
  }

  std::mutex mtx_;
  std::map<std::string, lookup_ptr> current_;
};

/// Never destroyed: a thread may come back from the resolver at any time.
lookup_table& lookups() {
  static auto& result = *new lookup_table;
  return result;
}

} // namespace

bool is_ip(const std::string& host) {
  in6_addr ignored;
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1
         || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

caf::expected<std::vector<std::string>>
resolve(const std::string& host, real_time deadline, const interruption& by) {
  try {
    auto question = lookups().join(host);
    if (!question)
      return std::move(question.error());
    auto events = wait_for((*question)->fd(), POLLIN, deadline, &by);
    if (!events)
      return std::move(events.error());
    if (*events == 0)
      return make_error(errc::timeout,
                        fmt::format("looking up the name \"{}\" took too long",
                                    host));
    return (*question)->found();
  } catch (const std::system_error& ex) {
    return make_error(errc::unavailable,
                      fmt::format("the name \"{}\" cannot be looked up: {}",
                                  host, ex.what()));
  }
}

} // namespace actor_cache::redis_wire
