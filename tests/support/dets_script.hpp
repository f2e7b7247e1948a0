#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

// What a process that will be killed writes to a table, step by step, so that
// whoever looks at the table afterwards knows how far it got.

namespace actor_cache::test {

/// One step of one writer: puts its number under some keys, or removes one.
struct script_step {
  std::vector<std::string> puts;
  std::string erased;
};

inline script_step step_of(uint32_t writer, uint32_t number) {
  auto key = [writer](std::string_view what, uint32_t index) {
    return fmt::format("{}-{}-{}", writer, what, index);
  };
  if (number % 7 == 3)
    return {{}, key("key", number % 13)};
  if (number % 11 == 5) // as one step
    return {{key("first", 0), key("second", 0)}, {}};
  return {{key("key", number % 50)}, {}};
}

/// What a writer's part of the table has after so many steps.
class script_state {
public:
  void advance_to(uint32_t writer, uint32_t number) {
    while (done < number) {
      auto step = step_of(writer, ++done);
      for (const auto& key : step.puts)
        entries[key] = done;
      entries.erase(step.erased);
    }
  }

  uint32_t done = 0;
  std::map<std::string, uint32_t> entries;
};

/// Under this key, with each step that puts something, a writer also puts what
/// it had seen of all writers when the step began: the last step of each that
/// was acknowledged by then.
inline std::string witness_of(uint32_t writer) {
  return fmt::format("witness-{}", writer);
}

/// What the process tells of each step that the table has acknowledged.
struct acknowledgement {
  uint32_t writer;
  uint32_t number;
};

} // namespace actor_cache::test
