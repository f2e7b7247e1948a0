#include "log_changes.hpp"

#include "../ets/file_format.hpp"

#include <algorithm>

namespace actor_cache::dets_store {

namespace {

using ets_table::append_number;
using ets_table::number_at;

bool has(const objects& xs, version which) noexcept {
  return std::any_of(xs.begin(), xs.end(),
                     [which](const entry& x) { return x.version == which; });
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<uint32_t>(text.size()));
  out.append(text);
}

/// Reads numbers and texts; once one is missing, all are.
class reader {
public:
  explicit reader(std::string_view bytes) : left_(bytes) {
    // nop
  }

  template <class T>
  T number() noexcept {
    if (left_.size() < sizeof(T)) {
      good_ = false;
      left_ = {};
      return 0;
    }
    auto result = number_at<T>(left_.data());
    left_.remove_prefix(sizeof(T));
    return result;
  }

  std::string_view text() noexcept {
    size_t size = number<uint32_t>();
    good_ = good_ && size <= left_.size();
    auto result = left_.substr(0, good_ ? size : 0);
    left_.remove_prefix(result.size());
    return result;
  }

  bool good() const noexcept {
    return good_;
  }

  std::string_view left() const noexcept {
    return left_;
  }

private:
  std::string_view left_;
  bool good_ = true;
};

} // namespace

void write_change(std::string& out, std::string_view key, const objects& before,
                  const objects& after, const time_base& time) {
  append_text(out, key);
  auto count_at = out.size();
  uint32_t count = 0;
  auto set_count = [&] {
    for (size_t i = 0; i < sizeof(count); ++i)
      out[count_at + i] = static_cast<char>(count >> (8 * i));
  };
  append_number(out, count);
  for (const auto& x : before)
    if (!has(after, x.version)) {
      append_number(out, x.version);
      ++count;
    }
  set_count();
  count_at = out.size();
  count = 0;
  append_number(out, count);
  for (const auto& x : after)
    if (!has(before, x.version)) {
      append_number(out, x.version);
      append_number(out, time.to_wall(x.deadline));
      append_number(out, uint32_t{x.stale_for.count()});
      auto bytes = x.value.bytes();
      append_text(out, bytes ? std::string_view{*bytes} : std::string_view{});
      ++count;
    }
  set_count();
}

std::optional<logged_change> read_change(std::string_view& bytes,
                                         const time_base& time) {
  if (bytes.empty())
    return std::nullopt;
  reader in{bytes};
  logged_change result;
  result.key = in.text();
  for (auto left = in.number<uint32_t>(); in.good() && left > 0; --left)
    result.removed.push_back(in.number<uint64_t>());
  for (auto left = in.number<uint32_t>(); in.good() && left > 0; --left) {
    record x;
    x.version = in.number<uint64_t>();
    x.deadline = in.number<int64_t>();
    x.stale_for = in.number<uint32_t>();
    x.value = in.text();
    result.added.push_back(x.content(time));
  }
  if (!in.good())
    return std::nullopt;
  bytes = in.left();
  return result;
}

} // namespace actor_cache::dets_store
