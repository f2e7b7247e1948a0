#include "record.hpp"

#include "../encoding/checksum.hpp"
#include "../encoding/term_parts.hpp"
#include "../ets/file_format.hpp"

namespace actor_cache::dets_store {

namespace {

using ets_table::append_number;
using ets_table::no_expiry;
using ets_table::number_at;

constexpr size_t flags_at = 4;
constexpr size_t version_at = 5;
constexpr size_t deadline_at = 13;
constexpr size_t stale_at = 21;
constexpr size_t key_size_at = 25;
constexpr size_t record_head_size = 25;
constexpr uint8_t long_flag = 1;

uint32_t checksum_of(std::string_view place, std::string_view head) noexcept {
  return detail::crc32c(head, detail::crc32c(place));
}

int64_t saturated_sum(int64_t lhs, int64_t rhs) noexcept {
  int64_t result;
  if (!__builtin_add_overflow(lhs, rhs, &result))
    return result;
  return rhs < 0 ? std::numeric_limits<int64_t>::min() : no_expiry;
}

} // namespace

// -- time_base ----------------------------------------------------------------

time_base::time_base(time_point now, wall_time wall) noexcept
  : offset_(ets_table::to_nanoseconds(wall)
            - static_cast<int64_t>(now.time_since_epoch().count())) {
  // nop
}

int64_t time_base::to_wall(time_point x) const noexcept {
  if (x == never)
    return no_expiry;
  return saturated_sum(x.time_since_epoch().count(), offset_);
}

time_point time_base::from_wall(int64_t nanoseconds) const noexcept {
  if (nanoseconds == no_expiry)
    return never;
  return time_point{time_point::duration{saturated_sum(nanoseconds, -offset_)}};
}

// -- record -------------------------------------------------------------------

entry record::head(const time_base& time) const noexcept {
  return {{}, time.from_wall(deadline), stale_window{stale_for}, version};
}

entry record::content(const time_base& time) const {
  auto result = head(time);
  if (!value.empty())
    result.value = detail::term_parts::of_bytes(value);
  return result;
}

std::optional<record> read_record(std::string_view place,
                                  std::string_view bytes) noexcept {
  if (bytes.size() < record_head_size)
    return std::nullopt;
  const auto* at = bytes.data();
  auto size = record_head_size;
  record result;
  auto flags = number_at<uint8_t>(at + flags_at);
  if ((flags & long_flag) != 0) {
    if (bytes.size() < record_head_size + sizeof(uint32_t))
      return std::nullopt;
    size_t key_size = number_at<uint32_t>(at + key_size_at);
    size += sizeof(uint32_t);
    if (bytes.size() - size < key_size)
      return std::nullopt;
    result.long_key = bytes.substr(size, key_size);
    size += key_size;
  }
  if (number_at<uint32_t>(at)
      != checksum_of(place, bytes.substr(flags_at, size - flags_at)))
    return std::nullopt;
  result.version = number_at<uint64_t>(at + version_at);
  result.deadline = number_at<int64_t>(at + deadline_at);
  result.stale_for = number_at<uint32_t>(at + stale_at);
  result.value = bytes.substr(size);
  return result;
}

void write_record(std::string& out, std::string_view place, const record& x) {
  auto begin = out.size();
  out.reserve(begin + key_size_at + x.value.size()
              + (x.long_key ? sizeof(uint32_t) + x.long_key->size() : 0));
  append_number(out, uint32_t{0});
  append_number(out, uint8_t{x.long_key ? long_flag : uint8_t{0}});
  append_number(out, x.version);
  append_number(out, x.deadline);
  append_number(out, x.stale_for);
  if (x.long_key) {
    append_number(out, static_cast<uint32_t>(x.long_key->size()));
    out.append(*x.long_key);
  }
  auto sum = checksum_of(place, std::string_view{out}.substr(begin + flags_at));
  for (size_t i = 0; i < sizeof(sum); ++i)
    out[begin + i] = static_cast<char>(sum >> (8 * i));
  out.append(x.value);
}

} // namespace actor_cache::dets_store
