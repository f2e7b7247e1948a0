#include "redis_client.hpp"

#include "must.hpp"

#include <fmt/format.h>

#include <hiredis/hiredis.h>

namespace actor_cache::test {

namespace {

redis_reply to_reply(const redisReply& x) {
  switch (x.type) {
    case REDIS_REPLY_INTEGER:
      return int64_t{x.integer};
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      return std::string{x.str, x.len};
    case REDIS_REPLY_ERROR:
      return redis_error{std::string{x.str, x.len}};
    case REDIS_REPLY_ARRAY: {
      redis_reply::array items;
      for (size_t i = 0; i < x.elements; ++i)
        items.push_back(to_reply(*x.element[i]));
      return redis_reply{std::move(items)};
    }
    default:
      return {};
  }
}

} // namespace

void redis_client::closer::operator()(redisContext* x) const noexcept {
  redisFree(x);
}

redis_client::redis_client(const std::string& socket)
  : context_(redisConnectUnix(socket.c_str())) {
  check();
}

redis_client::redis_client(const std::string& host, uint16_t port)
  : context_(redisConnect(host.c_str(), port)) {
  check();
}

redis_client::~redis_client() = default;

void redis_client::check() const {
  if (context_ == nullptr || context_->err != 0)
    fail(fmt::format("no connection to the Redis server: {}",
                     context_ != nullptr ? context_->errstr : "no memory"));
}

redis_reply redis_client::operator()(const std::vector<std::string>& command) {
  auto reply = attempt(command);
  check();
  return std::move(*reply);
}

std::optional<redis_reply>
redis_client::attempt(const std::vector<std::string>& command) {
  std::vector<const char*> data;
  std::vector<size_t> sizes;
  for (const auto& x : command) {
    data.push_back(x.data());
    sizes.push_back(x.size());
  }
  auto* raw = static_cast<redisReply*>(
    redisCommandArgv(context_.get(), static_cast<int>(command.size()),
                     data.data(), sizes.data()));
  if (raw == nullptr)
    return std::nullopt;
  std::unique_ptr<redisReply, void (*)(void*)> owned{raw, freeReplyObject};
  return to_reply(*owned);
}

} // namespace actor_cache::test
