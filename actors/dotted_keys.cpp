#include "dotted_keys.hpp"

#include "actor_cache/detail/caf_compat.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_value.hpp>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace actor_cache::detail {

namespace {

/// Stands for a dot between the parts of a path, where a dot in quotation marks
/// is a part of a name.
constexpr char path_dot = '\x1f';

bool in_path(char ch) {
  return std::isalnum(static_cast<unsigned char>(ch)) != 0 || ch == '-'
         || ch == '_' || ch == '.';
}

/// Turns the paths among the keys of a file into names in quotation marks.
class key_quoter {
public:
  explicit key_quoter(std::string_view text) : rest_(text) {
    // nop
  }

  std::string run() {
    while (!rest_.empty())
      step();
    return std::move(result_);
  }

private:
  void step() {
    auto first = rest_.front();
    if (first == '#')
      copy(std::min(rest_.find('\n'), rest_.size()));
    else if (first == '"' || first == '\'')
      copy(quoted_size());
    else if (first == '<')
      copy(std::min(rest_.find('>'), rest_.size() - 1) + 1);
    else if (expects_key_ && in_path(first))
      quote(std::ranges::find_if_not(rest_, in_path) - rest_.begin());
    else
      punctuation(first);
  }

  void copy(size_t count) {
    result_ += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  size_t quoted_size() const {
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != rest_[0])
      end += rest_[end] == '\\' ? 2 : 1;
    return std::min(end + 1, rest_.size());
  }

  void quote(ptrdiff_t count) {
    std::string key{rest_.substr(0, static_cast<size_t>(count))};
    rest_.remove_prefix(key.size());
    auto is_path = key.find('.') != std::string::npos;
    std::ranges::replace(key, '.', path_dot);
    result_ += is_path ? '"' + key + '"' : key;
    expects_key_ = false;
  }

  void punctuation(char ch) {
    if (ch == '{' || ch == '[')
      open_ += ch;
    else if ((ch == '}' || ch == ']') && !open_.empty())
      open_.pop_back();
    if (ch == '{' || ch == ',' || ch == '\n')
      expects_key_ = open_.empty() || open_.back() == '{';
    else if (ch != ' ' && ch != '\t')
      expects_key_ = false;
    copy(1);
  }

  std::string_view rest_;
  std::string result_;
  std::string open_; // the brackets that are open
  bool expects_key_ = true;
};

} // namespace

caf::expected<caf::settings> parse_dotted(std::string_view text) {
  std::istringstream quoted{key_quoter{text}.run()};
  auto parsed = caf::actor_system_config::parse_config(quoted);
  if (!parsed)
    return std::move(parsed.error());
  caf::settings result;
  merge(result, *parsed);
  return result;
}

void merge(caf::settings& into, const caf::settings& from) {
  for (const auto& [path, value] : from) {
    auto* group = &into;
    std::string_view name{path};
    for (auto end = name.find(path_dot); end != std::string_view::npos;
         end = name.find(path_dot)) {
      group = &(*group)[to_caf(name.substr(0, end))].as_dictionary();
      name.remove_prefix(end + 1);
    }
    auto& slot = (*group)[to_caf(name)];
    if (const auto* nested = caf::get_if<caf::settings>(&value))
      merge(slot.as_dictionary(), *nested);
    else
      slot = value;
  }
}

} // namespace actor_cache::detail
