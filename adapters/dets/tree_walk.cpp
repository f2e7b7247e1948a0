// Goes through the tree, and what lies over it in memory, from key to key.

#include "tree.hpp"

#include "page_reader.hpp"
#include "tree_check.hpp"
#include "tree_reading.hpp"

#include <algorithm>
#include <string>

namespace actor_cache::dets_store {

namespace {

/// Behind all entries.
constexpr std::string_view last_place{"\x02", 1};

} // namespace

/// A walk through two ordered sequences of keys at once: one from the tree, the
/// other one from memory, which knows better.
class tree_walk {
public:
  tree_walk(const tree& of, MDB_txn* transaction, const walk_range& range,
            tree::parts wanted, pending_part pending)
    : tree_(of),
      range_(range),
      wanted_(wanted),
      pending_(std::move(pending)),
      at_(transaction, of.env_->table()) {
    more_ = !pending_.hides_tree && begin();
  }

  caf::error run(tree::visitor visit) {
    while (more_ || next_ < pending_.keys.size()) {
      if (auto err = take_place(); !err.empty())
        return err;
      for (const auto& [key, state] : found_)
        if (range_.wants(*place_, key) && !visit(*place_, key, state))
          return {};
    }
    return at_.code() == 0 ? caf::error{} : tree_.failed("read", at_.code());
  }

private:
  bool forward() const noexcept {
    return range_.way == direction::forward;
  }

  bool begin() {
    const auto& from = range_.from;
    if (forward()) {
      if (!from)
        return at_.seek(first_place);
      return at_.seek(range_.beyond ? from->bytes() : from->end().bytes());
    }
    if (!from)
      return at_.seek_before(last_place);
    return at_.seek_before(range_.beyond ? from->end().bytes() : from->bytes());
  }

  /// Collects all keys of the next place.
  caf::error take_place() {
    found_.clear();
    place_.reset();
    std::optional<tree::located> record;
    if (more_) {
      auto located = tree_.locate(at_);
      if (!located)
        return std::move(located.error());
      record = std::move(*located);
      place_ = record->place.unnumbered();
    }
    if (next_ < pending_.keys.size()) {
      auto other = tree_.place_of(pending_.keys[next_]->key());
      auto order = place_ ? other.bytes().compare(place_->bytes()) : 0;
      if (!place_ || (forward() ? order < 0 : order > 0)) {
        place_ = other;
        record.reset();
      }
    }
    if (record)
      if (auto err = take_records(std::move(*record)); !err.empty())
        return err;
    take_pending();
    if (found_.size() > 1)
      std::sort(found_.begin(), found_.end(),
                [this](const auto& x, const auto& y) {
                  return forward() ? x.first < y.first : y.first < x.first;
                });
    return {};
  }

  /// Takes the records of the place from the tree; `first` is where it is.
  caf::error take_records(tree::located first) {
    for (;;) {
      auto key = tree_.key_of(first);
      if (!in_its_pages(at_.bytes(), tree_.env_->page_size()))
        return damaged(tree_.path(), "a record is damaged");
      objects_of(key).push_back(wanted_ == tree::parts::all
                                  ? first.content.content(tree_.settings_.time)
                                  : first.content.head(tree_.settings_.time));
      more_ = forward() ? at_.next() : at_.previous();
      if (!more_ || !at_.place().starts_with(place_->bytes()))
        break;
      auto located = tree_.locate(at_);
      if (!located)
        return std::move(located.error());
      first = std::move(*located);
    }
    if (!forward())
      for (auto& [key, state] : found_)
        std::reverse(state.begin(), state.end());
    return {};
  }

  void take_pending() {
    for (; next_ < pending_.keys.size(); ++next_) {
      const auto& x = *pending_.keys[next_];
      if (tree_.place_of(x.key()).bytes() != place_->bytes())
        return;
      objects_of(x.key()) = wanted_ == tree::parts::all ? x.state() : x.heads();
    }
  }

  objects& objects_of(std::string_view key) {
    for (auto& x : found_)
      if (x.first == key)
        return x.second;
    return found_.emplace_back(std::string{key}, objects{}).second;
  }

  const tree& tree_;
  const walk_range& range_;
  const tree::parts wanted_;
  pending_part pending_;
  size_t next_ = 0;
  tree_cursor at_;
  bool more_ = false;

  // The keys of one place.
  std::optional<key_place> place_;
  std::vector<std::pair<std::string, objects>> found_;
};

caf::error tree::walk(const walk_range& range, parts wanted,
                      detail::function_ref<pending_part()> pending,
                      visitor visit) const {
  return reading([&](MDB_txn* transaction) {
    return tree_walk{*this, transaction, range, wanted, pending()}.run(visit);
  });
}

} // namespace actor_cache::dets_store
