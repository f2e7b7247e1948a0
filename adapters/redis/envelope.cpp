#include "envelope.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <type_traits>

namespace actor_cache::redis_wire {

namespace {

constexpr char magic = '\xAC';
constexpr char format = '\x01';

template <class T>
void append(std::string& out, T x) {
  for (auto shift = 8 * static_cast<int>(sizeof(T)) - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(x >> shift & 0xFF));
}

template <class T>
T read(std::string_view in) {
  T result = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    result = static_cast<T>(result << 8 | static_cast<unsigned char>(in[i]));
  return result;
}

caf::error corrupt(std::string_view bytes, std::string_view why) {
  return make_error(errc::corrupt_value,
                    fmt::format("a value of {} bytes on the Redis server is no "
                                "entry of a cache: {}",
                                bytes.size(), why));
}

} // namespace

std::string seal_envelope(const envelope& what) {
  std::string result;
  result.reserve(envelope::header_size + what.payload.size());
  result += {magic, format, '\0', '\0'};
  append(result, what.stale_ms);
  append(result, what.version);
  append(result, static_cast<uint64_t>(what.deadline));
  result += what.payload;
  return result;
}

std::string envelope_bytes(uint64_t number) {
  std::string result;
  append(result, number);
  return result;
}

bool is_envelope(std::string_view bytes) noexcept {
  return !bytes.empty() && bytes[0] == magic;
}

caf::expected<envelope> open_envelope(std::string_view bytes) {
  if (!is_envelope(bytes))
    return corrupt(bytes, "something else than a cache has written it");
  if (bytes.size() < envelope::header_size)
    return corrupt(bytes, "it is cut off");
  if (bytes[1] != format)
    return corrupt(bytes, fmt::format("its format is {}, accepted is {}",
                                      static_cast<unsigned char>(bytes[1]),
                                      static_cast<int>(format)));
  if (bytes[2] != 0 || bytes[3] != 0)
    return corrupt(bytes, "its reserved bytes are not 0");
  envelope result;
  result.stale_ms = read<uint32_t>(bytes.substr(4));
  result.version = read<uint64_t>(bytes.substr(8));
  result.deadline = static_cast<int64_t>(read<uint64_t>(bytes.substr(16)));
  result.payload = bytes.substr(envelope::header_size);
  return result;
}

} // namespace actor_cache::redis_wire
