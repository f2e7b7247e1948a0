#include "script.hpp"

#include <openssl/evp.h>

#include <fmt/format.h>

namespace actor_cache::redis_wire {

namespace {

std::string sha1(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  std::string result;
  for (unsigned int index = 0; index < size; ++index)
    fmt::format_to(std::back_inserter(result), "{:02x}", digest[index]);
  return result;
}

commands command(std::string_view name, std::string_view body,
                 std::string_view key, std::span<const argument> arguments) {
  commands result;
  result.begin(4 + arguments.size());
  result.append(name).append(body).append("1").append(key);
  for (const auto& x : arguments)
    result.append(x.text());
  return result;
}

/// Tells whether the server has not got the script, so that nothing was run.
bool is_unknown(const caf::expected<redis_reply>& reply) {
  const auto* err = reply ? reply->error() : nullptr;
  return err != nullptr && err->code() == "NOSCRIPT";
}

} // namespace

script::script(std::string_view text) : text_(text), digest_(sha1(text)) {
  // nop
}

commands script::by_digest(std::string_view key,
                           std::span<const argument> arguments) const {
  return command("EVALSHA", digest_, key, arguments);
}

commands script::by_text(std::string_view key,
                         std::span<const argument> arguments) const {
  return command("EVAL", text_, key, arguments);
}

caf::expected<redis_reply>
script::run(servers& where, std::string_view key,
            std::initializer_list<argument> arguments,
            real_time deadline) const {
  std::span all{arguments.begin(), arguments.size()};
  auto reply = where.call(key, by_digest(key, all), repeat::never, deadline);
  if (!is_unknown(reply))
    return reply;
  return where.call(key, by_text(key, all), repeat::never, deadline);
}

std::vector<caf::expected<redis_reply>>
script::run_each(servers& where, std::span<const call> calls,
                 real_time deadline) const {
  std::vector<keyed_commands> sent;
  sent.reserve(calls.size());
  for (const auto& x : calls)
    sent.push_back({x.key, by_digest(x.key, x.arguments)});
  auto result = where.call_each(std::move(sent), repeat::never, deadline);
  sent.clear();
  for (size_t index = 0; index < calls.size(); ++index)
    if (is_unknown(result[index]))
      sent.push_back(
        {calls[index].key, by_text(calls[index].key, calls[index].arguments)});
  if (sent.empty())
    return result;
  auto late = where.call_each(std::move(sent), repeat::never, deadline);
  auto next = late.begin();
  for (auto& x : result)
    if (is_unknown(x))
      x = std::move(*next++);
  return result;
}

} // namespace actor_cache::redis_wire
