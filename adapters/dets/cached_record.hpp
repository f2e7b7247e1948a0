#pragma once

#include "../encoding/term_parts.hpp"
#include "objects.hpp"

#include <caf/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace actor_cache::dets_store {

/// A key with its hash, so that a call hashes it once.
struct hashed_key {
  std::string_view text;
  uint64_t hash;
};

/// One object in memory, with its encoded value.
struct object_view {
  actor_cache::version version;
  time_point deadline;
  stale_window stale_for;
  std::string_view bytes;

  bool kept(time_point now) const noexcept {
    return content_head().kept(now);
  }

  /// Returns the entry without its value.
  entry content_head() const noexcept {
    return {{}, deadline, stale_for, version};
  }

  /// Returns the entry with a copy of its value.
  entry content() const {
    auto result = content_head();
    if (!bytes.empty())
      result.value = detail::term_parts::of_bytes(bytes);
    return result;
  }
};

/// One key with all its objects as they were written, or as the tree has them,
/// in one block of memory: whoever reads it waits for memory once. Without
/// objects the key was removed. None of that ever changes; a write makes a new
/// record.
class cached_record {
public:
  /// Makes a record; values must be encoded.
  static caf::intrusive_ptr<cached_record> make(const hashed_key& key,
                                                const objects& state);

  cached_record(const cached_record&) = delete;

  cached_record& operator=(const cached_record&) = delete;

  uint64_t hash() const noexcept {
    return hash_;
  }

  std::string_view key() const noexcept {
    return {begin(), key_size_};
  }

  /// Returns how many objects there are.
  size_t size() const noexcept {
    return count_;
  }

  /// Returns the bytes of memory that it takes.
  size_t footprint() const noexcept {
    return bytes_;
  }

  /// Calls `f` for each object, the oldest first.
  template <class F>
  void for_each(F f) const {
    const auto* at = begin() + key_size_;
    for (uint32_t i = 0; i < count_; ++i) {
      head x;
      std::memcpy(&x, at, sizeof(x));
      at += sizeof(x);
      f(object_view{x.version,
                    time_point{time_point::duration{x.deadline}},
                    stale_window{x.stale_for},
                    {at, x.size}});
      at += x.size;
    }
  }

  /// Returns the object that was put last of those kept at `now`.
  std::optional<object_view> newest(time_point now) const noexcept {
    std::optional<object_view> result;
    for_each([&](const object_view& x) {
      if (x.kept(now))
        result = x;
    });
    return result;
  }

  /// Returns copies of the objects.
  objects state() const {
    objects result;
    for_each([&](const object_view& x) { result.push_back(x.content()); });
    return result;
  }

  /// Returns the objects without their values.
  objects heads() const {
    objects result;
    for_each([&](const object_view& x) { result.push_back(x.content_head()); });
    return result;
  }

  friend void intrusive_ptr_add_ref(const cached_record* x) noexcept {
    x->references_.fetch_add(1, std::memory_order_relaxed);
  }

  friend void intrusive_ptr_release(const cached_record* x) noexcept {
    if (x->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      destroy(x);
  }

private:
  friend class record_cache;
  friend class overlay;

  struct head {
    uint64_t version;
    int64_t deadline;
    uint32_t stale_for;
    uint32_t size;
  };

  cached_record(const hashed_key& key, const objects& state,
                size_t bytes) noexcept;

  ~cached_record() = default;

  static void destroy(const cached_record* x) noexcept;

  char* begin() noexcept {
    return reinterpret_cast<char*>(this + 1);
  }

  const char* begin() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }

  const uint64_t hash_;
  const size_t bytes_;
  mutable std::atomic<uint32_t> references_{1};
  const uint32_t key_size_;
  const uint32_t count_;

  // What the cache and the overlay note.

  /// The list of records to be written that it is in, and where; 0 where the
  /// tree has it. Changes under the locks of both.
  uint32_t list_ = 0;
  uint32_t place_in_list_ = 0;

  /// Whether it was read since the hand went by.
  std::atomic<bool> used_{false};

  /// Whether it is what the cache has of its key still.
  bool linked_ = false;
};

using record_ptr = caf::intrusive_ptr<cached_record>;

} // namespace actor_cache::dets_store
