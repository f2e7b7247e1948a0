#include "command.hpp"

namespace actor_cache::redis_wire {

namespace {

/// Reads a header, "*3" or "$3" and the end of its line, and moves behind it.
size_t take_header(std::string_view& bytes) {
  size_t result = 0;
  std::from_chars(bytes.data() + 1, bytes.data() + bytes.size(), result);
  bytes.remove_prefix(bytes.find('\n') + 1);
  return result;
}

} // namespace

std::vector<std::string_view> commands::split() const {
  std::vector<std::string_view> result;
  result.reserve(count_);
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    auto begin = rest;
    for (auto left = take_header(rest); left > 0; --left)
      rest.remove_prefix(take_header(rest) + 2);
    result.push_back(begin.substr(0, begin.size() - rest.size()));
  }
  return result;
}

std::vector<std::string_view> commands::words(std::string_view command) {
  std::vector<std::string_view> result(take_header(command));
  for (auto& word : result) {
    auto size = take_header(command);
    word = command.substr(0, size);
    command.remove_prefix(size + 2);
  }
  return result;
}

} // namespace actor_cache::redis_wire
