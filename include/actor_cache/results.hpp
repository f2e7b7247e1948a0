#pragma once

#include "actor_cache/term.hpp"
#include "actor_cache/ttl.hpp"
#include "actor_cache/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache {

/// A value together with what is needed to write back on condition.
struct found_entry {
  term value;

  /// For `put_if` and `erase_if`: they fail once the entry has changed.
  actor_cache::version version = 0;

  /// The lifetime that is left.
  ttl remaining = infinite;

  template <class Inspector>
  friend bool inspect(Inspector& f, found_entry& x) {
    return f.object(x).fields(f.field("value", x.value),
                              f.field("version", x.version),
                              f.field("remaining", x.remaining));
  }
};

/// All objects of one key, the oldest first.
struct object_list {
  std::vector<found_entry> objects;

  /// Whether a key may have more than one.
  bool holds_many = false;

  template <class Inspector>
  friend bool inspect(Inspector& f, object_list& x) {
    return f.object(x).fields(f.field("objects", x.objects),
                              f.field("holds_many", x.holds_many));
  }
};

/// A part of a cache's entries.
struct entry_page {
  std::vector<std::pair<std::string, found_entry>> entries;

  /// Where the next page begins; empty at the end.
  std::string cursor;

  template <class Inspector>
  friend bool inspect(Inspector& f, entry_page& x) {
    return f.object(x).fields(f.field("entries", x.entries),
                              f.field("cursor", x.cursor));
  }
};

/// The answer to a request for a value that the asker can load itself.
struct lease {
  /// The value, where there is one to use now.
  std::optional<term> value;

  /// Not 0 where the receiver is the one to load the value, and must then end
  /// the lease with `msg::fulfil` or `msg::abandon`.
  uint64_t id = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, lease& x) {
    return f.object(x).fields(f.field("value", x.value), f.field("id", x.id));
  }
};

} // namespace actor_cache
