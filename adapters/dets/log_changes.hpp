#pragma once

#include "objects.hpp"
#include "record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The changes in a frame of a log, one key after the other:
//
//   4, n     length of the key, the key
//   4, 8*m   number of objects that were removed, their versions
//   4        number of objects that were added, and for each:
//   8, 8, 4  version, when its time is over, how long it is kept after that
//   4, n     length of the value, the value

namespace actor_cache::dets_store {

/// Appends to `out` what makes `before` become `after`.
void write_change(std::string& out, std::string_view key, const objects& before,
                  const objects& after, const time_base& time);

/// One key of a frame.
struct logged_change {
  std::string_view key;
  std::vector<version> removed;
  objects added;
};

/// Takes the first change off `bytes`; nothing where there is none.
std::optional<logged_change> read_change(std::string_view& bytes,
                                         const time_base& time);

} // namespace actor_cache::dets_store
