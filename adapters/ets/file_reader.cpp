// Reads table files.

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/errc.hpp"

#include "file_descriptor.hpp"
#include "file_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace actor_cache {

namespace {

using ets_table::file_descriptor;
using ets_table::number_at;

/// What an entry says before its key and its value.
struct entry_head {
  int64_t expiry;
  uint32_t key_size;
  uint64_t value_size;
};

/// Goes through a file from its beginning. Sizes are checked against what the
/// file has before memory is allocated for them.
class reader {
public:
  static caf::expected<reader> open(const std::string& path) {
    auto in = file_descriptor::open_to_read(path);
    if (!in)
      return std::move(in.error());
    auto size = in->size();
    if (!size)
      return std::move(size.error());
    return reader{std::move(*in), *size};
  }

  /// Reads what stands before the entries.
  caf::expected<ets_file_info> begin() {
    std::string text;
    if (auto err = read(text, ets_table::file_magic.size()); !err.empty())
      return err;
    if (text != ets_table::file_magic)
      return damaged("it is no table file");
    std::array<char, 16> head;
    if (auto err = read(head.data(), head.size()); !err.empty())
      return err;
    if (auto found = number_at<uint32_t>(head.data());
        found != ets_table::file_version)
      return damaged(fmt::format("its format is version {}; known is {}", found,
                                 ets_table::file_version));
    ets_file_info result;
    result.saved_at = wall_time{std::chrono::duration_cast<wall_time::duration>(
      std::chrono::nanoseconds{number_at<int64_t>(head.data() + 4)})};
    if (auto err = read(result.name, number_at<uint32_t>(head.data() + 12));
        !err.empty())
      return err;
    return result;
  }

  /// Tells whether there is one more entry.
  caf::expected<bool> next(entry_head& out) {
    char tag;
    if (auto err = read(&tag, 1); !err.empty())
      return err;
    if (tag == static_cast<char>(ets_table::end_tag))
      return false;
    if (tag != static_cast<char>(ets_table::entry_tag))
      return damaged("an entry begins with an unknown mark");
    std::array<char, 20> head;
    if (auto err = read(head.data(), head.size()); !err.empty())
      return err;
    out = {number_at<int64_t>(head.data()),
           number_at<uint32_t>(head.data() + 8),
           number_at<uint64_t>(head.data() + 12)};
    return true;
  }

  /// Reads what stands behind the entries and checks all of it.
  caf::error end(uint64_t entries) {
    std::array<char, 8> count;
    if (auto err = read(count.data(), count.size()); !err.empty())
      return err;
    auto computed = checksum_;
    std::array<char, 4> checksum;
    if (auto err = read(checksum.data(), checksum.size()); !err.empty())
      return err;
    if (number_at<uint32_t>(checksum.data()) != computed)
      return damaged("its checksum does not match");
    if (number_at<uint64_t>(count.data()) != entries)
      return damaged("it does not have as many entries as it says");
    if (left_ != 0)
      return damaged("something follows behind its end");
    return {};
  }

  caf::error read(std::string& out, uint64_t count) {
    if (count > left_)
      return damaged("it ends too early");
    out.resize(count);
    return read(out.data(), count);
  }

  caf::error skip(uint64_t count) {
    if (count > left_)
      return damaged("it ends too early");
    std::array<char, 4096> unused;
    while (count > 0) {
      auto part = std::min<uint64_t>(count, unused.size());
      if (auto err = read(unused.data(), part); !err.empty())
        return err;
      count -= part;
    }
    return {};
  }

  caf::error rewind() {
    left_ = size_;
    buffered_ = {};
    return in_.rewind();
  }

  caf::error damaged(std::string_view why) const {
    return make_error(errc::corrupt_value,
                      fmt::format("'{}' cannot be used: {}", in_.path(), why));
  }

private:
  reader(file_descriptor in, uint64_t size)
    : in_(std::move(in)), size_(size), left_(size), buffer_(1 << 16, '\0') {
    // nop
  }

  caf::error read(char* out, size_t count) {
    if (count > left_)
      return damaged("it ends too early");
    while (count > 0) {
      if (buffered_.empty())
        if (auto err = fill(); !err.empty())
          return err;
      auto part = std::min(count, buffered_.size());
      std::copy_n(buffered_.data(), part, out);
      checksum_ = detail::crc32c(buffered_.substr(0, part), checksum_);
      buffered_.remove_prefix(part);
      out += part;
      count -= part;
      left_ -= part;
    }
    return {};
  }

  caf::error fill() {
    auto count = in_.read_some(buffer_.data(), buffer_.size());
    if (!count)
      return std::move(count.error());
    if (*count == 0)
      return damaged("it ends too early");
    buffered_ = std::string_view{buffer_}.substr(0, *count);
    return {};
  }

  file_descriptor in_;
  uint64_t size_;
  uint64_t left_;
  std::string buffer_;
  std::string_view buffered_;
  uint32_t checksum_ = 0;
};

/// Goes over the whole file without a look at the entries.
caf::expected<ets_file_info> check(reader& in) {
  auto result = in.begin();
  if (!result)
    return result;
  entry_head head;
  for (;;) {
    auto more = in.next(head);
    if (!more)
      return std::move(more.error());
    if (!*more)
      break;
    for (auto size : {uint64_t{head.key_size}, head.value_size})
      if (auto err = in.skip(size); !err.empty())
        return err;
    ++result->size;
  }
  if (auto err = in.end(result->size); !err.empty())
    return err;
  return result;
}

caf::error visit_all(reader& in, wall_time now, ets_file_visitor visit) {
  if (auto info = in.begin(); !info)
    return std::move(info.error());
  for (;;) {
    entry_head head;
    auto more = in.next(head);
    if (!more)
      return std::move(more.error());
    if (!*more)
      return {};
    std::string key;
    std::string value;
    if (auto err = in.read(key, head.key_size); !err.empty())
      return err;
    if (auto err = in.read(value, head.value_size); !err.empty())
      return err;
    auto time = ets_table::to_nanoseconds(now);
    if (head.expiry <= time)
      continue;
    auto remaining
      = head.expiry == ets_table::no_expiry
          ? ttl{infinite}
          : ttl{timespan{head.expiry - std::max<int64_t>(time, 0)}};
    if (auto err = visit(std::move(key), term::from_bytes(std::move(value)),
                         remaining);
        !err.empty())
      return err;
  }
}

} // namespace

caf::expected<ets_file_info>
read_ets_file(const std::string& path, wall_time now, ets_file_visitor visit) {
  auto in = reader::open(path);
  if (!in)
    return std::move(in.error());
  auto result = check(*in);
  if (!result)
    return result;
  if (auto err = in->rewind(); !err.empty())
    return err;
  if (auto err = visit_all(*in, now, visit); !err.empty())
    return err;
  return result;
}

caf::expected<ets_file_info> inspect_ets_file(const std::string& path) {
  auto in = reader::open(path);
  if (!in)
    return std::move(in.error());
  return check(*in);
}

} // namespace actor_cache
