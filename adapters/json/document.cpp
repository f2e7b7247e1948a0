#include "document.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

namespace actor_cache::detail {

namespace {

caf::error refuse(std::string text) {
  return make_error(errc::invalid_argument, std::move(text));
}

bool fits_64_bits(std::string_view integer) {
  const auto* first = integer.data();
  const auto* last = first + integer.size();
  int64_t number = 0;
  if (std::from_chars(first, last, number).ec == std::errc{})
    return true;
  uint64_t positive = 0;
  return std::from_chars(first, last, positive).ec == std::errc{};
}

/// Looks at what the parser would get wrong: nesting that exhausts the stack,
/// and integers that it would round.
class text_check {
public:
  caf::error run(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
      auto c = text[i];
      if (c == '"')
        i = end_of_string(text, i);
      else if (c == '[' || c == '{')
        deepest_ = std::max(deepest_, ++depth_);
      else if ((c == ']' || c == '}') && depth_ > 0)
        --depth_;
      else if (c == '-' || (c >= '0' && c <= '9'))
        i = check_number(text, i);
    }
    if (deepest_ > max_document_depth)
      return refuse(fmt::format("JSON is nested {} deep; accepted is up to {}",
                                deepest_, max_document_depth));
    return std::move(error_);
  }

private:
  static size_t end_of_string(std::string_view text, size_t i) {
    for (++i; i < text.size() && text[i] != '"'; ++i)
      if (text[i] == '\\')
        ++i;
    return i;
  }

  size_t check_number(std::string_view text, size_t i) {
    auto end = text.find_first_not_of("0123456789+-.eE", i);
    auto number = text.substr(i, end - i);
    if (number.find_first_of(".eE") == std::string_view::npos
        && number.size() > 18 && !fits_64_bits(number) && error_.empty())
      error_ = refuse(fmt::format("the integer {} in JSON is out of range; "
                                  "accepted are -2^63 to 2^64 - 1",
                                  number.substr(0, 40)));
    return i + number.size() - 1;
  }

  size_t depth_ = 0;
  size_t deepest_ = 0;
  caf::error error_;
};

/// A place below a parent, by its position there.
struct child {
  json_document* parent;
  size_t position;
};

json_document* value_of(const child& x) {
  return &*std::next(x.parent->begin(),
                     static_cast<std::ptrdiff_t>(x.position));
}

void find_children(json_document& parent, const json_step& step,
                   std::vector<child>& out) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    if (parent.is_object())
      if (auto i = parent.find(*name); i != parent.end())
        out.push_back(
          {&parent, static_cast<size_t>(std::distance(parent.begin(), i))});
  } else if (const auto* index = std::get_if<int64_t>(&step)) {
    if (!parent.is_array())
      return;
    auto size = static_cast<int64_t>(parent.size());
    auto position = *index < 0 ? *index + size : *index;
    if (position >= 0 && position < size)
      out.push_back({&parent, static_cast<size_t>(position)});
  } else if (parent.is_structured()) {
    for (size_t i = 0; i < parent.size(); ++i)
      out.push_back({&parent, i});
  }
}

std::vector<json_document*> parents_of(json_document& document,
                                       const parsed_json_path& path) {
  return find_all(document, {path.steps.begin(), path.steps.end() - 1});
}

std::vector<child> children_of(const std::vector<json_document*>& parents,
                               const json_step& step) {
  std::vector<child> result;
  for (auto* parent : parents)
    find_children(*parent, step, result);
  return result;
}

__extension__ using int128 = __int128;

int128 wide(const json_document& x) {
  return x.is_number_unsigned() ? int128{x.get<uint64_t>()}
                                : int128{x.get<int64_t>()};
}

caf::error out_of_range() {
  return refuse("the result is out of range; integers go from -2^63 to 2^64 - "
                "1");
}

caf::expected<json_document> to_number(int128 x) {
  if (x >= std::numeric_limits<int64_t>::min()
      && x <= std::numeric_limits<int64_t>::max())
    return json_document(static_cast<int64_t>(x));
  if (x > 0 && x <= int128{std::numeric_limits<uint64_t>::max()})
    return json_document(static_cast<uint64_t>(x));
  return out_of_range();
}

template <class IntOp, class FloatOp>
caf::expected<json_document> combine_numbers(const json_document& x,
                                             const json_document& y,
                                             IntOp on_ints, FloatOp on_floats) {
  if (x.is_number_integer() && y.is_number_integer())
    return on_ints(wide(x), wide(y));
  auto result = on_floats(x.get<double>(), y.get<double>());
  if (!std::isfinite(result))
    return refuse("result is not a number");
  return json_document(result);
}

} // namespace

caf::expected<json_document> parse_document(std::string_view text) {
  if (auto err = text_check{}.run(text); !err.empty())
    return err;
  constexpr auto throwing = false;
  auto result = json_document::parse(text, nullptr, throwing);
  if (result.is_discarded())
    return refuse(fmt::format("'{}' is no JSON: accepted is text in UTF-8 with "
                              "one value and finite numbers",
                              text.substr(0, 40)));
  return result;
}

size_t depth_of(const json_document& x) {
  if (!x.is_structured())
    return 0;
  size_t result = 0;
  for (const auto& item : x)
    result = std::max(result, depth_of(item));
  return result + 1;
}

std::vector<json_document*> find_all(json_document& document,
                                     const std::vector<json_step>& steps) {
  std::vector<json_document*> result{&document};
  for (const auto& step : steps) {
    std::vector<json_document*> next;
    for (const auto& x : children_of(result, step))
      next.push_back(value_of(x));
    result = std::move(next);
  }
  return result;
}

size_t set_at(json_document& document, const parsed_json_path& path,
              const json_document& value) {
  if (path.steps.empty()) {
    document = value;
    return 1;
  }
  auto parents = parents_of(document, path);
  auto found = children_of(parents, path.steps.back());
  for (const auto& x : found)
    *value_of(x) = value;
  if (!found.empty())
    return found.size();
  size_t added = 0;
  if (const auto* name = std::get_if<std::string>(&path.steps.back()))
    for (auto* parent : parents)
      if (parent->is_object()) {
        (*parent)[*name] = value;
        ++added;
      }
  return added;
}

size_t erase_at(json_document& document, const parsed_json_path& path) {
  auto found = children_of(parents_of(document, path), path.steps.back());
  // From the last to the first, so that positions stay what they are.
  for (auto i = found.rbegin(); i != found.rend(); ++i)
    i->parent->erase(
      std::next(i->parent->begin(), static_cast<std::ptrdiff_t>(i->position)));
  return found.size();
}

bool clear_value(json_document& x) {
  if (x.is_structured()) {
    auto changed = !x.empty();
    x.clear();
    return changed;
  }
  if (!x.is_number() || x == 0)
    return false;
  x = 0;
  return true;
}

caf::expected<json_document> add(const json_document& x,
                                 const json_document& y) {
  return combine_numbers(
    x, y, [](int128 a, int128 b) { return to_number(a + b); },
    [](double a, double b) { return a + b; });
}

caf::expected<json_document> multiply(const json_document& x,
                                      const json_document& y) {
  return combine_numbers(
    x, y,
    [](int128 a, int128 b) -> caf::expected<json_document> {
      int128 result = 0;
      if (__builtin_mul_overflow(a, b, &result))
        return out_of_range();
      return to_number(result);
    },
    [](double a, double b) { return a * b; });
}

} // namespace actor_cache::detail
