#include "node.hpp"

#include "../encoding/term_parts.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace actor_cache::ets_table {

using detail::term_parts;

namespace {

void check_size(std::string_view key) {
  if (key.size() >= size_t{1} << 30)
    throw std::length_error{"a key is not shorter than 1 GiB"};
}

/// Copies the key behind its node.
void write_key(void* behind, std::string_view key) noexcept {
  if (!key.empty())
    std::memcpy(behind, key.data(), key.size());
}

size_t bytes_of(const entry& object) noexcept {
  return sizeof(entry) + object.value.footprint();
}

} // namespace

// -- node ---------------------------------------------------------------------

node::pointer node::make(std::string_view key, entry& content) {
  check_size(key);
  auto from = term_parts::boxed(content.value) ? block_source::heap
                                               : block_source::pool;
  // Only once: others may let go of the value at any time.
  auto box_size = term_parts::room_in_store(content.value);
  auto size = block_size(key.size(), box_size, content.deadline != never);
  pointer result{::new (allocate(size, from)) node(key, content, from)};
  if (box_size == 0)
    result->value_ = std::move(content.value);
  else
    result->value_
      = term_parts::move_into(reinterpret_cast<char*>(result.get()),
                              end_of_key(key.size()), content.value);
  if (auto* at = result->links())
    ::new (static_cast<void*>(at)) wheel_links<node>{};
  return result;
}

node::node(std::string_view key, const entry& content,
           block_source from) noexcept
  : deadline_(content.deadline),
    version_(content.version),
    stale_for_(content.stale_for),
    key_size_(static_cast<uint32_t>(key.size())),
    timed_(content.deadline != never),
    source_(from) {
  write_key(this + 1, key);
}

void* node::retire(node* x) noexcept {
  if (!x->has_box())
    x->~node();
  else if (!term_parts::drop_from_store(x->value_))
    return nullptr;
  return x;
}

bool node::fits(const entry& next) const noexcept {
  if (timed_ == 0 && next.deadline != never)
    return false;
  if (has_box())
    return term_parts::lies_at(next.value, term_parts::box(value_));
  return term_parts::room_in_store(next.value) == 0;
}

bool node::has_box() const noexcept {
  return term_parts::lies_at(value_, reinterpret_cast<const char*>(this)
                                       + end_of_key(key_size_));
}

size_t node::box_size() const noexcept {
  return has_box() ? term_parts::box_size(value_) : 0;
}

void node::emit(time_point now, entry_list& out) const {
  if (kept(now))
    out.emplace_back(key(), read());
}

// -- bag_node -----------------------------------------------------------------

bag_node::pointer bag_node::make(std::string_view key, entry& first) {
  std::vector<entry> objects;
  objects.push_back(std::move(first));
  check_size(key);
  auto* memory = allocate(sizeof(bag_node) + key.size(), source());
  return pointer{::new (memory) bag_node(key, std::move(objects))};
}

bag_node::bag_node(std::string_view key, std::vector<entry> objects) noexcept
  : objects_(std::move(objects)),
    bytes_(sizeof(bag_node) + key.size()),
    key_size_(static_cast<uint32_t>(key.size())) {
  for (const auto& object : objects_)
    bytes_ += bytes_of(object);
  write_key(this + 1, key);
}

time_point bag_node::kept_until() const noexcept {
  auto result = never;
  for (const auto& object : objects_)
    result = std::min(result, object.kept_until());
  return result;
}

const entry* bag_node::newest(time_point now) const noexcept {
  auto found = std::find_if(objects_.rbegin(), objects_.rend(),
                            [now](const entry& x) { return x.kept(now); });
  return found != objects_.rend() ? &*found : nullptr;
}

void bag_node::reserve_one() {
  if (objects_.size() == objects_.capacity())
    objects_.reserve(2 * objects_.size() + 1);
}

void bag_node::add(entry object) noexcept {
  bytes_ += bytes_of(object);
  objects_.push_back(std::move(object));
}

size_t bag_node::position(actor_cache::version which) const noexcept {
  auto found = std::partition_point(objects_.begin(), objects_.end(),
                                    [which](const entry& x) {
                                      return x.version < which;
                                    });
  return static_cast<size_t>(found - objects_.begin());
}

bool bag_node::has(actor_cache::version which) const noexcept {
  auto at = position(which);
  return at < objects_.size() && objects_[at].version == which;
}

bool bag_node::remove(actor_cache::version which, std::vector<entry>& out) {
  if (!has(which))
    return false;
  auto found = objects_.begin() + static_cast<ptrdiff_t>(position(which));
  out.push_back(*found); // a copy, so that nothing is lost if this throws
  bytes_ -= bytes_of(*found);
  objects_.erase(found);
  return true;
}

void bag_node::emit(time_point now, entry_list& out) const {
  for (const auto& object : objects_)
    if (object.kept(now))
      out.emplace_back(key(), object);
}

bool bag_node::purge(time_point now, std::vector<entry>& out) {
  auto over = [now](const entry& x) { return !x.kept(now); };
  auto count = static_cast<size_t>(
    std::count_if(objects_.begin(), objects_.end(), over));
  if (count == objects_.size())
    return true;
  if (count == 0)
    return false;
  out.reserve(out.size() + count);
  // Moved objects stay behind as empty ones, which fall over the edge here.
  auto kept = objects_.begin();
  for (auto& object : objects_) {
    if (over(object)) {
      bytes_ -= bytes_of(object);
      out.push_back(std::move(object));
    } else {
      if (&*kept != &object)
        *kept = std::move(object);
      ++kept;
    }
  }
  objects_.erase(kept, objects_.end());
  return false;
}

} // namespace actor_cache::ets_table
