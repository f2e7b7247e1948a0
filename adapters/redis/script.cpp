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

} // namespace

script::script(std::string_view text) : text_(text), digest_(sha1(text)) {
  // nop
}

commands script::command(std::string_view name, std::string_view body,
                         std::string_view key,
                         std::initializer_list<argument> arguments) const {
  commands result;
  result.begin(4 + arguments.size());
  result.append(name).append(body).append("1").append(key);
  for (const auto& x : arguments)
    result.append(x.text());
  return result;
}

caf::expected<redis_reply>
script::run(servers& where, std::string_view key,
            std::initializer_list<argument> arguments,
            real_time deadline) const {
  auto reply = where.call(key, command("EVALSHA", digest_, key, arguments),
                          repeat::never, deadline);
  const auto* err = reply ? reply->error() : nullptr;
  if (err == nullptr || err->code() != "NOSCRIPT")
    return reply;
  return where.call(key, command("EVAL", text_, key, arguments), repeat::never,
                    deadline);
}

} // namespace actor_cache::redis_wire
