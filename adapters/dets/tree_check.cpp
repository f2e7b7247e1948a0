#include "tree_check.hpp"

#include "actor_cache/errc.hpp"

#include "../ets/file_descriptor.hpp"
#include "page_reader.hpp"
#include "record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace actor_cache::dets_store {

namespace {

/// Pages up to which a file is checked as a whole.
constexpr size_t small_file = 4096;

/// Pages up to which all leaves are looked at, but not what they hold: records
/// have checksums that readers check.
constexpr size_t medium_file = size_t{1} << 14;

/// How far beyond a damaged leaf a reader may look at most: offsets and sizes
/// of keys have 16 bits.
constexpr size_t reach = size_t{3} << 16;

constexpr size_t max_depth = 32;

/// A file in the memory of this process, for reading.
class mapped_file {
public:
  static caf::expected<mapped_file> open(const std::string& path) {
    auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd == -1)
      return ets_table::last_io_error("open", path);
    struct stat info = {};
    mapped_file result;
    if (::fstat(fd, &info) == 0 && info.st_size > 0) {
      result.size_ = static_cast<size_t>(info.st_size);
      auto* at = ::mmap(nullptr, result.size_, PROT_READ, MAP_SHARED, fd, 0);
      if (at != MAP_FAILED)
        result.at_ = static_cast<const char*>(at);
    }
    auto failed = result.size_ > 0 && result.at_ == nullptr;
    auto err = failed ? ets_table::last_io_error("read", path) : caf::error{};
    ::close(fd);
    if (failed)
      return err;
    return result;
  }

  mapped_file(mapped_file&& other) noexcept
    : at_(std::exchange(other.at_, nullptr)), size_(other.size_) {
    // nop
  }

  mapped_file& operator=(mapped_file&&) = delete;

  ~mapped_file() {
    if (at_ != nullptr)
      ::munmap(const_cast<char*>(at_), size_);
  }

  std::string_view bytes() const noexcept {
    return {at_, size_};
  }

private:
  mapped_file() = default;

  const char* at_ = nullptr;
  size_t size_ = 0;
};

/// Walks through the trees of one file.
class checker {
public:
  checker(std::string_view bytes, check_depth depth)
    : bytes_(bytes), depth_(depth) {
    // nop
  }

  /// Returns what is wrong; nothing if all is well.
  std::string run() {
    if (!find_meta())
      return reason_;
    seen_.resize(meta_.last_page + 1);
    seen_[0] = seen_[1] = true;
    whole_ = depth_ == check_depth::whole || meta_.last_page < small_file;
    tree_is_main_ = false;
    if (!check_tree(meta_.free, true) || !check_end())
      return reason_;
    tree_is_main_ = true;
    check_tree(meta_.main, whole_ || meta_.last_page < medium_file);
    return reason_;
  }

private:
  bool fail(std::string reason) {
    if (reason_.empty())
      reason_ = std::move(reason);
    return false;
  }

  const char* at(uint64_t page) const noexcept {
    return bytes_.data() + page * page_size_;
  }

  bool find_meta() {
    if (bytes_.size() < meta_end
        || number_at<uint32_t>(bytes_.data() + 16) != meta_magic
        || number_at<uint16_t>(bytes_.data() + 10) != meta_flag)
      return fail("it is no dets file");
    if (auto found = number_at<uint32_t>(bytes_.data() + 20);
        found != meta_version)
      return fail(fmt::format("its LMDB format is version {}; known is {}",
                              found, meta_version));
    page_size_ = read_meta(bytes_.data()).free.pad;
    if (!std::has_single_bit(page_size_) || page_size_ < 512
        || page_size_ > 65536)
      return fail("its pages have no size that LMDB knows");
    if (bytes_.size() < 2 * page_size_)
      return fail(fmt::format("it was cut off after {} bytes", bytes_.size()));
    const auto* second = at(1);
    if (number_at<uint64_t>(second) != 1
        || number_at<uint16_t>(second + 10) != meta_flag
        || number_at<uint32_t>(second + 16) != meta_magic
        || number_at<uint32_t>(second + 20) != meta_version)
      return fail("its second page is damaged");
    auto metas = {read_meta(at(0)), read_meta(second)};
    meta_ = std::max(metas.begin()[0], metas.begin()[1], older);
    auto other = std::min(metas.begin()[0], metas.begin()[1], older);
    if (meta_.transaction - other.transaction > 1
        || meta_.free.pad != page_size_ || other.free.pad != page_size_)
      return fail("its first pages contradict each other");
    if (meta_.last_page > bytes_.size() / page_size_ + (1 << 20))
      return fail(fmt::format("it was cut off: of {} pages {} are there",
                              meta_.last_page + 1, bytes_.size() / page_size_));
    return true;
  }

  /// What is behind the end of the file may only be pages that are free: those
  /// that were given back before they were written for the first time.
  bool check_end() {
    auto pages = bytes_.size() / page_size_;
    for (auto page = pages; page <= meta_.last_page; ++page)
      if (!seen_[page])
        return fail(fmt::format(
          "it was cut off: page {} is missing, {} are there", page, pages));
    return true;
  }

  static bool older(const meta_page& lhs, const meta_page& rhs) noexcept {
    return lhs.transaction < rhs.transaction;
  }

  /// Notes that a tree has the pages from `page` on.
  bool claim(uint64_t page, uint64_t count) {
    auto pages = bytes_.size() / page_size_;
    if (page < 2 || count == 0 || page > meta_.last_page
        || count > meta_.last_page + 1 - page)
      return fail(
        fmt::format("a page leads to page {}, which there is not", page));
    if (page + count > pages)
      return fail(
        fmt::format("it was cut off: page {} is missing, {} are there",
                    page + count - 1, pages));
    for (auto i = page; i < page + count; ++i) {
      if (seen_[i])
        return fail(fmt::format("page {} is in use twice", i));
      seen_[i] = true;
    }
    return true;
  }

  bool check_tree(const tree_summary& tree, bool with_leaves) {
    // The free list's flags are those of the file, too.
    auto plain = tree_is_main_ ? tree.flags == 0 : (tree.flags & 8) != 0;
    if (!plain || tree.depth > max_depth)
      return fail("its description of a tree is damaged");
    if (tree.root == no_page)
      return (tree.entries == 0 && tree.depth == 0)
             || fail("a tree has entries but no pages");
    found_ = {};
    leaves_ = with_leaves;
    if (!visit(tree.root, tree.depth, {}, {}))
      return false;
    auto same = found_.branch_pages == tree.branch_pages
                && found_.leaf_pages == tree.leaf_pages
                && (!with_leaves
                    || (found_.entries == tree.entries
                        && found_.overflow_pages == tree.overflow_pages));
    return same || fail("its pages are not as many as it says");
  }

  /// Tells whether `key` comes before `next`.
  bool in_order(std::string_view key, std::string_view next) const noexcept {
    if (tree_is_main_)
      return key < next;
    return number_at<uint64_t>(key.data()) < number_at<uint64_t>(next.data());
  }

  bool sound_key(std::string_view key) const noexcept {
    return tree_is_main_ ? !key.empty() && key.size() <= 511
                         : key.size() == sizeof(uint64_t);
  }

  /// @param levels from this page down to the leaves
  /// @param first the key before which there is none, if any
  /// @param last the key before which all are, if any
  bool visit(uint64_t number, size_t levels, std::string_view first,
             std::string_view last) {
    if (!claim(number, 1))
      return false;
    auto is_leaf = levels == 1;
    ++(is_leaf ? found_.leaf_pages : found_.branch_pages);
    // Behind the end of the file a reader would find no memory.
    if (is_leaf && !leaves_
        && (number + 1) * page_size_ + reach < bytes_.size())
      return true;
    page_reader page{at(number), page_size_};
    if (levels == 0 || !page.sound(number) || page.is_leaf() != is_leaf
        || (!is_leaf && page.count() < 2))
      return fail(fmt::format("page {} is damaged", number));
    return is_leaf ? check_leaf(number, page, first, last)
                   : check_branch(number, page, levels, first, last);
  }

  bool check_branch(uint64_t number, const page_reader& page, size_t levels,
                    std::string_view first, std::string_view last) {
    std::vector<page_reader::node_view> nodes;
    for (size_t index = 0, end = page.count(); index < end; ++index) {
      auto node = page.node(index);
      if (!node || (index > 0 && !sound_key(node->key))
          || (index > 0 && !first.empty() && in_order(node->key, first))
          || (index > 1 && !in_order(nodes.back().key, node->key)))
        return fail(fmt::format("page {} is damaged", number));
      nodes.push_back(*node);
    }
    if (!last.empty() && !in_order(nodes.back().key, last))
      return fail(fmt::format("page {} is damaged", number));
    for (size_t index = 0; index < nodes.size(); ++index)
      if (!visit(nodes[index].child, levels - 1,
                 index == 0 ? first : nodes[index].key,
                 index + 1 < nodes.size() ? nodes[index + 1].key : last))
        return false;
    return true;
  }

  bool check_leaf(uint64_t number, const page_reader& page,
                  std::string_view first, std::string_view last) {
    auto end = page.count();
    found_.entries += end;
    std::string_view previous;
    for (size_t index = 0; index < end; ++index) {
      auto node = page.node(index);
      if (!node || !sound_key(node->key)
          || (index == 0 ? !first.empty() && in_order(node->key, first)
                         : !in_order(previous, node->key)))
        return fail(fmt::format("page {} is damaged", number));
      previous = node->key;
      if (node->overflow != no_page && !find_overflow(*node))
        return false;
      if (tree_is_main_ ? !sound_record(*node) : !take_free_list(node->value))
        return fail(fmt::format("page {} is damaged", number));
    }
    if (!last.empty() && !in_order(previous, last))
      return fail(fmt::format("page {} is damaged", number));
    return true;
  }

  bool sound_record(const page_reader::node_view& node) const noexcept {
    return !whole_ || node.key.front() != '\x01'
           || read_record(node.key, node.value);
  }

  /// Looks at the pages that one value has for itself.
  bool find_overflow(page_reader::node_view& node) {
    auto count = (page_head_size + node.value_size + page_size_ - 1)
                 / page_size_;
    if (!claim(node.overflow, count))
      return false;
    page_reader page{at(node.overflow), page_size_};
    if (page.number() != node.overflow || page.flags() != overflow_flag
        || page.overflow_pages() != count)
      return fail(fmt::format("page {} is damaged", node.overflow));
    found_.overflow_pages += count;
    node.value = {at(node.overflow) + page_head_size, node.value_size};
    return true;
  }

  /// A record of the free list is a number of pages and the pages, the highest
  /// first.
  bool take_free_list(std::string_view value) {
    if (value.size() % 8 != 0 || value.empty())
      return false;
    auto count = number_at<uint64_t>(value.data());
    if (count > value.size() / 8 - 1)
      return false;
    auto previous = meta_.last_page + 1;
    for (uint64_t i = 1; i <= count; ++i) {
      auto page = number_at<uint64_t>(value.data() + 8 * i);
      if (page < 2 || page >= previous || seen_[page])
        return false;
      seen_[page] = true;
      previous = page;
    }
    return true;
  }

  std::string_view bytes_;
  check_depth depth_;
  size_t page_size_ = 0;
  meta_page meta_ = {};
  std::vector<bool> seen_;
  tree_summary found_ = {};
  bool whole_ = false;
  bool leaves_ = false;
  bool tree_is_main_ = false;
  std::string reason_;
};

} // namespace

caf::error damaged(const std::string& path, std::string_view reason) {
  return make_error(errc::corrupt_value,
                    fmt::format("'{}' cannot be used: {}; it was left as it is",
                                path, reason));
}

caf::error check_tree(const std::string& path, check_depth depth) {
  auto file = mapped_file::open(path);
  if (!file)
    return std::move(file.error());
  auto reason = checker{file->bytes(), depth}.run();
  return reason.empty() ? caf::error{} : damaged(path, reason);
}

} // namespace actor_cache::dets_store
