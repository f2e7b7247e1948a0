// Writes table files.

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/errc.hpp"

#include "file_descriptor.hpp"
#include "file_format.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <limits>

namespace actor_cache {

namespace {

/// Bytes that are collected before they are written.
constexpr size_t buffer_size = 1 << 16;

} // namespace

class ets_file_writer::impl {
public:
  impl(ets_table::file_descriptor out, std::string path, wall_time now)
    : out_(std::move(out)), path_(std::move(path)), now_(now) {
    // nop
  }

  ~impl() {
    if (!committed_)
      std::remove(out_.path().c_str());
  }

  impl(const impl&) = delete;

  impl& operator=(const impl&) = delete;

  void begin(std::string_view name) {
    buffer_.append(ets_table::file_magic);
    ets_table::append_number(buffer_, ets_table::file_version);
    ets_table::append_number(buffer_, ets_table::to_nanoseconds(now_));
    ets_table::append_number(buffer_, static_cast<uint32_t>(name.size()));
    buffer_.append(name);
  }

  caf::error add(std::string_view key, std::string_view value, ttl remaining) {
    using ets_table::append_number;
    append_number(buffer_, ets_table::entry_tag);
    append_number(buffer_, ets_table::expiry(now_, remaining));
    append_number(buffer_, static_cast<uint32_t>(key.size()));
    append_number(buffer_, uint64_t{value.size()});
    buffer_.append(key);
    ++size_;
    if (buffer_.size() + value.size() < buffer_size) {
      buffer_.append(value);
      return {};
    }
    if (auto err = flush(); !err.empty())
      return err;
    return write(value);
  }

  caf::error commit() {
    ets_table::append_number(buffer_, ets_table::end_tag);
    ets_table::append_number(buffer_, size_);
    if (auto err = flush(); !err.empty())
      return err;
    ets_table::append_number(buffer_, checksum_);
    if (auto err = flush(); !err.empty())
      return err;
    if (auto err = out_.sync(); !err.empty())
      return err;
    if (auto err = out_.close(); !err.empty())
      return err;
    auto err = ets_table::rename_durably(out_.path(), path_);
    committed_ = err.empty();
    return err;
  }

private:
  caf::error flush() {
    auto err = write(buffer_);
    buffer_.clear();
    return err;
  }

  caf::error write(std::string_view bytes) {
    checksum_ = detail::crc32c(bytes, checksum_);
    return out_.write_all(bytes);
  }

  ets_table::file_descriptor out_;
  std::string path_;
  wall_time now_;
  std::string buffer_;
  uint64_t size_ = 0;
  uint32_t checksum_ = 0;
  bool committed_ = false;
};

ets_file_writer::ets_file_writer(std::unique_ptr<impl> ptr) noexcept
  : impl_(std::move(ptr)) {
  // nop
}

ets_file_writer::ets_file_writer(ets_file_writer&&) noexcept = default;

ets_file_writer& ets_file_writer::operator=(ets_file_writer&&) noexcept
  = default;

ets_file_writer::~ets_file_writer() = default;

caf::expected<ets_file_writer> ets_file_writer::create(std::string path,
                                                       std::string_view name,
                                                       wall_time now) {
  auto out = ets_table::file_descriptor::open_to_write(path + ".new");
  if (!out)
    return std::move(out.error());
  auto result = std::make_unique<impl>(std::move(*out), std::move(path), now);
  result->begin(name);
  return ets_file_writer{std::move(result)};
}

caf::error ets_file_writer::add(std::string_view key, const term& value,
                                ttl remaining,
                                const compression_options& compression) {
  auto bytes = value.bytes(compression);
  if (!bytes)
    return std::move(bytes.error());
  if (key.size() > std::numeric_limits<uint32_t>::max())
    return make_error(errc::invalid_argument,
                      fmt::format("a key of {} bytes does not fit into a table "
                                  "file; accepted are up to 4 GiB",
                                  key.size()));
  return impl_->add(key, *bytes, remaining);
}

caf::error ets_file_writer::commit() {
  return impl_->commit();
}

} // namespace actor_cache
