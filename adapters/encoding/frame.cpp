#include "frame.hpp"

#include "checksum.hpp"

#include <snappy.h>

#include <limits>

namespace actor_cache::detail {

namespace {

constexpr auto format_version = uint8_t{1};
constexpr auto snappy_flag = uint8_t{1};

// Where the parts of the header are.
constexpr size_t version_at = 0;
constexpr size_t flags_at = 1;
constexpr size_t fingerprint_at = 2;
constexpr size_t checksum_at = 10;

/// No byte of snappy's output stands for more: its shortest way to say much
/// copies 64 bytes in three.
constexpr size_t snappy_max_ratio = 22;

template <class T>
void put(std::string& frame, size_t at, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    frame[at + i] = static_cast<char>(value >> 8 * i & 0xff);
}

template <class T>
T get(std::string_view frame, size_t at) noexcept {
  auto result = T{0};
  for (size_t i = 0; i < sizeof(T); ++i)
    result = static_cast<T>(
      result | static_cast<T>(static_cast<uint8_t>(frame[at + i])) << 8 * i);
  return result;
}

/// Covers all but the checksum itself, so that no bit can flip unnoticed.
uint32_t checksum_of(std::string_view frame) {
  return crc32c(frame.substr(header_size),
                crc32c(frame.substr(0, checksum_at)));
}

/// Returns `frame` with its payload compressed, or as it is if that would not
/// make it smaller.
std::string compress(std::string frame, bool& compressed) {
  auto payload = std::string_view{frame}.substr(header_size);
  auto result = std::string{};
  result.resize(header_size + snappy::MaxCompressedLength(payload.size()));
  size_t size = 0;
  snappy::RawCompress(payload.data(), payload.size(),
                      result.data() + header_size, &size);
  compressed = size < payload.size();
  if (!compressed)
    return frame;
  result.resize(header_size + size);
  // The room for the worst case is not kept.
  result.shrink_to_fit();
  return result;
}

opened refuse(std::string reason) {
  auto result = opened{};
  result.code = errc::corrupt_value;
  result.reason = std::move(reason);
  return result;
}

opened decompress(opened frame) {
  auto packed = frame.payload;
  size_t size = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size))
    return refuse("the compressed bytes have no length");
  if (size / snappy_max_ratio > packed.size())
    return refuse(std::to_string(packed.size()) + " compressed bytes claim to "
                  + "be " + std::to_string(size));
  frame.storage.resize(size);
  if (!snappy::RawUncompress(packed.data(), packed.size(),
                             frame.storage.data()))
    return refuse("the compressed bytes are damaged");
  // A view would not survive the move of a short string.
  frame.payload = {};
  return frame;
}

} // namespace

std::string seal(std::string frame, uint64_t fingerprint,
                 const compression_options& compression) {
  auto payload_size = frame.size() - header_size;
  auto compressed = false;
  if (compression.level > 0 && payload_size >= compression.threshold
      && payload_size <= std::numeric_limits<uint32_t>::max())
    frame = compress(std::move(frame), compressed);
  put(frame, version_at, format_version);
  put(frame, flags_at, compressed ? snappy_flag : uint8_t{0});
  put(frame, fingerprint_at, fingerprint);
  put(frame, checksum_at, checksum_of(frame));
  return frame;
}

opened open(std::string_view frame) {
  if (frame.size() < header_size)
    return refuse(std::to_string(frame.size())
                  + " bytes are too few for a header of "
                  + std::to_string(header_size));
  if (auto version = get<uint8_t>(frame, version_at); version != format_version)
    return refuse("the format version is " + std::to_string(version) + ", not "
                  + std::to_string(format_version));
  if (get<uint32_t>(frame, checksum_at) != checksum_of(frame))
    return refuse("the checksum does not match, so bytes were changed or lost");
  auto flags = get<uint8_t>(frame, flags_at);
  if ((flags & ~snappy_flag) != 0)
    return refuse("the flags " + std::to_string(flags) + " are unknown");
  auto result = opened{};
  result.fingerprint = get<uint64_t>(frame, fingerprint_at);
  result.payload = frame.substr(header_size);
  if ((flags & snappy_flag) != 0)
    return decompress(std::move(result));
  return result;
}

uint64_t peek_fingerprint(std::string_view frame) noexcept {
  if (frame.size() < header_size
      || get<uint8_t>(frame, version_at) != format_version)
    return 0;
  return get<uint64_t>(frame, fingerprint_at);
}

} // namespace actor_cache::detail
