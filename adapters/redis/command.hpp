#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// One argument of a command: any bytes, or a whole number.
class argument {
public:
  argument(std::string_view text) : text_(text) {
    // nop
  }

  argument(const std::string& text) : text_(text) {
    // nop
  }

  argument(const char* text) : text_(text) {
    // nop
  }

  template <std::integral T>
  argument(T number) {
    auto end = std::to_chars(digits_, digits_ + sizeof(digits_), number).ptr;
    size_ = static_cast<uint8_t>(end - digits_);
  }

  std::string_view text() const noexcept {
    return size_ == 0 ? text_ : std::string_view{digits_, size_};
  }

private:
  std::string_view text_;
  char digits_[21];
  uint8_t size_ = 0;
};

/// Commands as a server reads them (RESP: arrays of bulk strings), one after
/// the other.
class commands {
public:
  commands() = default;

  /// Makes a list of one command.
  commands(std::initializer_list<argument> arguments) {
    add(arguments);
  }

  commands& add(std::initializer_list<argument> arguments) {
    // In one step, as nearly all commands are sent alone.
    if (bytes_.empty())
      bytes_.reserve(size_of(arguments));
    begin(arguments.size());
    for (const auto& x : arguments)
      append(x.text());
    return *this;
  }

  template <class String>
  commands& add(std::span<const String> arguments) {
    begin(arguments.size());
    for (const auto& x : arguments)
      append(x);
    return *this;
  }

  /// Begins a command of `count` arguments, which `append` then adds.
  commands& begin(size_t count) {
    ++count_;
    header('*', count);
    return *this;
  }

  commands& append(std::string_view argument) {
    header('$', argument.size());
    bytes_ += argument;
    bytes_ += "\r\n";
    return *this;
  }

  /// Adds a command that `split` has returned.
  commands& add_bytes(std::string_view command) {
    ++count_;
    bytes_ += command;
    return *this;
  }

  /// Returns the commands one by one, as bytes that live as long as this.
  std::vector<std::string_view> split() const;

  /// Returns the words of a command that `split` has returned.
  static std::vector<std::string_view> words(std::string_view command);

  void reserve(size_t size) {
    bytes_.reserve(size);
  }

  /// The number of commands, each of which gets one reply.
  size_t count() const noexcept {
    return count_;
  }

  const std::string& bytes() const noexcept {
    return bytes_;
  }

private:
  /// Returns how many bytes a command takes at most.
  static size_t size_of(std::initializer_list<argument> arguments) noexcept {
    constexpr size_t header_and_end = 16;
    auto result = header_and_end;
    for (const auto& x : arguments)
      result += header_and_end + x.text().size();
    return result;
  }

  void header(char mark, size_t number) {
    char text[24];
    text[0] = mark;
    auto* end = std::to_chars(text + 1, text + sizeof(text), number).ptr;
    *end++ = '\r';
    *end++ = '\n';
    bytes_.append(text, end);
  }

  std::string bytes_;
  size_t count_ = 0;
};

} // namespace actor_cache::redis_wire
