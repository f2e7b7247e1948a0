#include "cached_record.hpp"

#include <new>

namespace actor_cache::dets_store {

namespace {

/// Returns the bytes of a term that is encoded, or empty.
std::string_view bytes_of(const term& x) noexcept {
  using parts = detail::term_parts;
  if (x.empty())
    return {};
  return *static_cast<const std::string_view*>(
    parts::type(x)->object(parts::box(x)));
}

} // namespace

record_ptr cached_record::make(const hashed_key& key, const objects& state) {
  auto bytes = sizeof(cached_record) + key.text.size();
  for (const auto& x : state)
    bytes += sizeof(head) + bytes_of(x.value).size();
  auto* memory = ::operator new(bytes);
  return {new (memory) cached_record{key, state, bytes}, false};
}

cached_record::cached_record(const hashed_key& key, const objects& state,
                             size_t bytes) noexcept
  : hash_(key.hash),
    bytes_(bytes),
    key_size_(static_cast<uint32_t>(key.text.size())),
    count_(static_cast<uint32_t>(state.size())) {
  auto* at = begin();
  auto append = [&at](const void* from, size_t size) {
    std::memcpy(at, from, size);
    at += size;
  };
  if (!key.text.empty())
    append(key.text.data(), key.text.size());
  for (const auto& x : state) {
    auto value = bytes_of(x.value);
    head next{x.version, x.deadline.time_since_epoch().count(),
              x.stale_for.count(), static_cast<uint32_t>(value.size())};
    append(&next, sizeof(next));
    if (!value.empty())
      append(value.data(), value.size());
  }
}

void cached_record::destroy(const cached_record* x) noexcept {
  x->~cached_record();
  ::operator delete(const_cast<cached_record*>(x));
}

} // namespace actor_cache::dets_store
