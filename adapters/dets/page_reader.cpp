#include "page_reader.hpp"

namespace actor_cache::dets_store {

namespace {

constexpr uint16_t big_value_flag = 1;

} // namespace

std::optional<page_reader::node_view>
page_reader::node(size_t index) const noexcept {
  size_t offset = number_at<uint16_t>(at_ + page_head_size + 2 * index);
  size_t upper = number_at<uint16_t>(at_ + 14);
  if (offset < upper || offset % 2 != 0 || offset + node_head_size > page_size_)
    return std::nullopt;
  const auto* bytes = at_ + offset;
  uint64_t low = number_at<uint32_t>(bytes);
  uint64_t flags = number_at<uint16_t>(bytes + 4);
  size_t key_size = number_at<uint16_t>(bytes + 6);
  auto left = page_size_ - offset - node_head_size;
  if (key_size > left)
    return std::nullopt;
  left -= key_size;
  node_view result;
  result.key = {bytes + node_head_size, key_size};
  if (!is_leaf()) {
    result.child = low | flags << 32;
    return result;
  }
  result.value_size = low;
  const auto* value = bytes + node_head_size + key_size;
  if (flags == big_value_flag) {
    if (left < sizeof(uint64_t))
      return std::nullopt;
    result.overflow = number_at<uint64_t>(value);
    return result;
  }
  if (flags != 0 || low > left)
    return std::nullopt;
  result.value = {value, static_cast<size_t>(low)};
  return result;
}

bool page_reader::sound(uint64_t expected) const noexcept {
  size_t lower = number_at<uint16_t>(at_ + 12);
  size_t upper = number_at<uint16_t>(at_ + 14);
  return number() == expected
         && (flags() == leaf_flag || flags() == branch_flag)
         && lower >= page_head_size && lower <= upper && upper <= page_size_
         && lower % 2 == 0 && upper % 2 == 0 && lower > page_head_size;
}

bool in_its_pages(std::string_view value, size_t page_size) noexcept {
  auto offset = reinterpret_cast<uintptr_t>(value.data()) & (page_size - 1);
  // A node begins behind the head of its page and has a head of its own.
  if (offset != page_head_size)
    return value.size() <= page_size - offset;
  page_reader page{value.data() - page_head_size, page_size};
  return page.flags() == overflow_flag
         && page.overflow_pages()
              == (page_head_size + value.size() + page_size - 1) / page_size;
}

} // namespace actor_cache::dets_store
