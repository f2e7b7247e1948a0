#include "provenance.hpp"

#include <algorithm>
#include <array>

namespace actor_cache {

namespace {

constexpr std::array<std::string_view, 3> origins{"unknown", "written",
                                                  "loaded"};

} // namespace

std::string to_string(value_origin x) {
  auto index = static_cast<size_t>(x);
  return std::string{index < origins.size() ? origins[index] : "invalid"};
}

bool from_string(detail::caf_string_view name, value_origin& x) {
  auto i = std::find(origins.begin(), origins.end(), detail::to_std(name));
  if (i == origins.end())
    return false;
  x = static_cast<value_origin>(i - origins.begin());
  return true;
}

bool from_integer(std::underlying_type_t<value_origin> value, value_origin& x) {
  if (value >= origins.size())
    return false;
  x = static_cast<value_origin>(value);
  return true;
}

} // namespace actor_cache

namespace actor_cache::detail {

void provenance::add(std::string_view key, record what) {
  std::lock_guard guard{mtx_};
  auto i = items_.find(key);
  if (i != items_.end()) {
    i->second.what = std::move(what);
    ages_.splice(ages_.end(), ages_, i->second.age);
    return;
  }
  i = items_.emplace(std::string{key}, item{std::move(what), {}}).first;
  i->second.age = ages_.insert(ages_.end(), i->first);
  if (items_.size() <= most_)
    return;
  items_.erase(items_.find(ages_.front()));
  ages_.pop_front();
}

std::optional<provenance::record> provenance::find(std::string_view key,
                                                   version wanted) const {
  std::lock_guard guard{mtx_};
  auto i = items_.find(key);
  if (i == items_.end() || i->second.what.version != wanted)
    return std::nullopt;
  return i->second.what;
}

} // namespace actor_cache::detail
