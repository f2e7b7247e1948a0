#include "digest.hpp"

#include <fmt/format.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <iterator>

namespace actor_cache::detail {

digest sha256(std::string_view text) {
  digest result;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         result.data());
  return result;
}

std::string base64(const digest& x) {
  std::array<unsigned char, 45> buffer; // 4 for each 3, and an end
  auto length = EVP_EncodeBlock(buffer.data(), x.data(),
                                static_cast<int>(x.size()));
  return {buffer.begin(), buffer.begin() + length};
}

bool same_secret(std::string_view lhs, std::string_view rhs) {
  // Digests are of one length, so that not even the length shows.
  auto left = sha256(lhs);
  auto right = sha256(rhs);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_secret() {
  digest bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return {};
  std::string result;
  for (auto x : bytes)
    fmt::format_to(std::back_inserter(result), "{:02x}", x);
  return result;
}

} // namespace actor_cache::detail
