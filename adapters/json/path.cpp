#include "path.hpp"

#include "actor_cache/errc.hpp"
#include "actor_cache/json_path.hpp"

#include <fmt/format.h>

#include <charconv>

namespace actor_cache::detail {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Tells whether `c` may stand in a name without quotes.
bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)
         || static_cast<unsigned char>(c) >= 0x80
         || std::string_view{"-_`~+#%$^/:@!=&;<>|{}"}.find(c)
              != std::string_view::npos;
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// Reads one path, from left to right.
class path_parser {
public:
  explicit path_parser(std::string_view text) : text_(text) {
    // nop
  }

  caf::expected<parsed_json_path> run() {
    begin();
    while (error_.empty() && !at_end())
      step();
    if (!error_.empty())
      return std::move(error_);
    return std::move(result_);
  }

private:
  bool at_end() const noexcept {
    return position_ >= text_.size();
  }

  char peek() const noexcept {
    return at_end() ? '\0' : text_[position_];
  }

  bool take(char c) noexcept {
    if (at_end() || peek() != c)
      return false;
    ++position_;
    return true;
  }

  void fail(errc code, std::string_view what) {
    if (error_.empty())
      error_ = make_error(
        code, fmt::format("JSON path '{}', position {}: {}; accepted are paths "
                          "like .users[0].name, $.a.b, $['a b'], ['x'][-1] and "
                          "$.users[*]",
                          text_, position_, what));
  }

  void expected(std::string_view what) {
    fail(errc::invalid_argument, fmt::format("expected {}", what));
  }

  /// Decides between the two kinds of path, as RedisJSON does.
  void begin() {
    if (text_.empty()) {
      expected("a path; '.' is the whole document");
      return;
    }
    result_.legacy = text_[0] != '$'
                     || (text_.size() > 1 && text_[1] != '.'
                         && text_[1] != '[');
    if (!result_.legacy) {
      result_.text = text_;
      ++position_;
      return;
    }
    if (text_ == ".") {
      result_.text = "$";
      ++position_;
      return;
    }
    auto plain = text_[0] != '.' && text_[0] != '[';
    result_.text = fmt::format("{}{}", plain ? "$." : "$", text_);
    if (plain)
      name();
  }

  void step() {
    if (take('.')) {
      if (peek() == '.')
        fail(errc::not_supported, "'..' is for the server's JSON module only");
      else if (take('*'))
        result_.steps.emplace_back(json_wildcard{});
      else if (peek() != '[')
        name();
      else if (position_ > 2)
        expected("a name");
    } else if (take('[')) {
      bracket();
    } else {
      expected("'.' or '['; other characters of a name take quotes, as in "
               "['a b']");
    }
  }

  void name() {
    auto first = position_;
    while (!at_end() && is_plain(peek()))
      ++position_;
    if (position_ == first)
      expected("a name");
    else
      result_.steps.emplace_back(
        std::string{text_.substr(first, position_ - first)});
  }

  void bracket() {
    if (take('*')) {
      result_.steps.emplace_back(json_wildcard{});
    } else if (peek() == '\'' || peek() == '"') {
      quoted();
    } else if (peek() == '-' || is_digit(peek())) {
      index();
    } else if (peek() == '?' || peek() == ':') {
      fail(errc::not_supported,
           "filters and slices are for the server's JSON module only");
    } else {
      expected("an index, '*' or a name in quotes");
    }
    if (!error_.empty())
      return;
    if (peek() == ',' || peek() == ':')
      fail(errc::not_supported,
           "unions and slices are for the server's JSON module only");
    else if (!take(']'))
      expected("']'");
  }

  void index() {
    int64_t value = 0;
    const auto* end = text_.data() + text_.size();
    auto [ptr, ec] = std::from_chars(text_.data() + position_, end, value);
    if (ec != std::errc{}) {
      expected("an index of 64 bits");
      return;
    }
    position_ = static_cast<size_t>(ptr - text_.data());
    result_.steps.emplace_back(value);
  }

  void quoted() {
    auto quote = peek();
    ++position_;
    std::string value;
    while (!at_end() && peek() != quote) {
      if (take('\\'))
        escaped(value);
      else
        value += text_[position_++];
    }
    if (!take(quote))
      expected(std::string_view{&quote, 1});
    else
      result_.steps.emplace_back(std::move(value));
  }

  void escaped(std::string& out) {
    if (at_end())
      return;
    constexpr std::string_view letters = "ntrbf";
    constexpr std::string_view meanings = "\n\t\r\b\f";
    auto c = text_[position_++];
    if (auto i = letters.find(c); i != std::string_view::npos)
      out += meanings[i];
    else if (c == 'u')
      code_point(out);
    else
      out += c;
  }

  /// Reads four hexadecimal digits.
  bool hex(uint32_t& out) {
    auto digits = text_.substr(position_, 4);
    auto [ptr, ec] = std::from_chars(digits.data(),
                                     digits.data() + digits.size(), out, 16);
    if (ec != std::errc{} || ptr != digits.data() + 4) {
      expected("four hexadecimal digits");
      return false;
    }
    position_ += 4;
    return true;
  }

  void code_point(std::string& out) {
    uint32_t value = 0;
    if (!hex(value))
      return;
    if (value >= 0xD800 && value < 0xDC00) {
      uint32_t low = 0;
      if (!take('\\') || !take('u') || !hex(low) || low < 0xDC00
          || low > 0xDFFF) {
        expected("the second half of a surrogate pair");
        return;
      }
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    } else if (value >= 0xDC00 && value <= 0xDFFF) {
      expected("the first half of a surrogate pair");
      return;
    }
    append_utf8(out, value);
  }

  std::string_view text_;
  size_t position_ = 0;
  parsed_json_path result_;
  caf::error error_;
};

} // namespace

caf::expected<parsed_json_path> parse_json_path(std::string_view text) {
  return path_parser{text}.run();
}

} // namespace actor_cache::detail

namespace actor_cache {

std::string json_path::render(const std::vector<step>& steps) {
  if (steps.empty())
    return ".";
  std::string result;
  for (const auto& x : steps) {
    if (const auto* index = x.index()) {
      result += fmt::format("[{}]", *index);
      continue;
    }
    // In quotes each name is one, also where it looks like a path.
    result += "[\"";
    for (auto c : *x.name()) {
      if (c == '"' || c == '\\')
        result += '\\';
      result += c;
    }
    result += "\"]";
  }
  return result;
}

} // namespace actor_cache
