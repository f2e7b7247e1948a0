#include "command.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace actor_cache::detail {

namespace {

using arguments = std::span<const std::string>;

bool same_word(std::string_view x, std::string_view upper) {
  return std::equal(x.begin(), x.end(), upper.begin(), upper.end(),
                    [](char a, char b) {
                      return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b;
                    });
}

json_outcome answer(redis_reply x) {
  return {std::move(x), false};
}

json_outcome fail(std::string text) {
  return answer(redis_error{std::move(text)});
}

json_outcome fail(const caf::error& err) {
  return fail("ERR " + message_of(err));
}

json_outcome syntax_error() {
  return fail("ERR syntax error");
}

json_outcome no_document() {
  return fail("ERR could not perform this operation on a key that doesn't "
              "exist");
}

json_outcome no_path(const parsed_json_path& path, std::string_view or_else) {
  return fail(
    fmt::format("ERR Path '{}' does not exist{}", path.text, or_else));
}

/// One command at work on one document.
class json_run {
public:
  json_run(std::optional<json_document>& document, arguments args)
    : document_(document), args_(args) {
    // nop
  }

  json_outcome set() {
    if (args_.size() < 2 || args_.size() > 3)
      return syntax_error();
    auto nx = args_.size() == 3 && same_word(args_[2], "NX");
    auto xx = args_.size() == 3 && same_word(args_[2], "XX");
    if (args_.size() == 3 && !nx && !xx)
      return syntax_error();
    auto path = parse_json_path(args_[0]);
    if (!path)
      return fail(path.error());
    auto value = parse_document(args_[1]);
    if (!value)
      return fail(value.error());
    if (too_deep(*path, *value))
      return fail("ERR recursion limit exceeded: JSON may be nested up to 128 "
                  "deep");
    if (!document_ && !path->steps.empty() && !xx)
      return fail("ERR new objects must be created at the root");
    auto there = document_ && !find_all(*document_, path->steps).empty();
    if (there ? nx : xx)
      return answer({});
    if (path->steps.empty()) {
      document_ = std::move(*value);
      return {"OK", true};
    }
    if (set_at(*document_, *path, *value) == 0)
      return answer({});
    return {"OK", true};
  }

  json_outcome get() {
    if (!document_)
      return answer({});
    if (args_.size() < 2)
      return get_one(args_.empty() ? "." : args_[0]);
    std::vector<parsed_json_path> paths;
    for (const auto& x : args_) {
      auto path = parse_json_path(x);
      if (!path)
        return fail(path.error());
      paths.push_back(std::move(*path));
    }
    auto legacy = std::all_of(paths.begin(), paths.end(),
                              [](const auto& x) { return x.legacy; });
    auto result = json_document::object();
    for (size_t i = 0; i < paths.size(); ++i) {
      auto found = find_all(*document_, paths[i].steps);
      if (legacy && found.empty())
        return no_path(paths[i], "");
      result[args_[i]] = legacy ? *found[0] : array_of(found);
    }
    return answer(result.dump());
  }

  json_outcome erase() {
    auto path = optional_path();
    if (!path)
      return fail(path.error());
    if (!document_)
      return answer(int64_t{0});
    if (path->steps.empty()) {
      document_.reset();
      return {int64_t{1}, true};
    }
    auto erased = erase_at(*document_, *path);
    return {static_cast<int64_t>(erased), erased > 0};
  }

  json_outcome clear() {
    auto path = optional_path();
    if (!path)
      return fail(path.error());
    if (!document_)
      return no_document();
    int64_t cleared = 0;
    for (auto* x : find_all(*document_, path->steps))
      cleared += clear_value(*x) ? 1 : 0;
    return {cleared, cleared > 0};
  }

  template <class Combine>
  json_outcome change_number(Combine combine) {
    if (args_.size() != 2)
      return syntax_error();
    auto path = parse_json_path(args_[0]);
    if (!path)
      return fail(path.error());
    auto operand = parse_document(args_[1]);
    if (!operand || !operand->is_number())
      return fail(fmt::format("ERR '{}' is no number", args_[1]));
    if (!document_)
      return no_document();
    // All or nothing: the new values are there before the first is stored.
    auto found = find_all(*document_, path->steps);
    std::vector<json_document> next;
    for (auto* x : found) {
      if (!x->is_number()) {
        next.emplace_back(nullptr);
        continue;
      }
      auto result = combine(*x, *operand);
      if (!result)
        return fail(result.error());
      next.push_back(std::move(*result));
    }
    auto changed = false;
    for (size_t i = 0; i < found.size(); ++i)
      if (found[i]->is_number()) {
        *found[i] = next[i];
        changed = true;
      }
    if (!path->legacy)
      return {json_document(next).dump(), changed};
    if (!changed)
      return no_path(*path, " or does not contains a number");
    auto last = std::find_if(next.rbegin(), next.rend(),
                             [](const auto& x) { return x.is_number(); });
    return {last->dump(), true};
  }

  json_outcome append() {
    if (args_.size() < 2)
      return syntax_error();
    auto path = parse_json_path(args_[0]);
    if (!path)
      return fail(path.error());
    std::vector<json_document> values;
    for (const auto& text : args_.subspan(1)) {
      auto value = parse_document(text);
      if (!value)
        return fail(value.error());
      // The array is one level more.
      if (path->steps.size() + 1 + depth_of(*value) > max_document_depth)
        return fail("ERR recursion limit exceeded: JSON may be nested up to "
                    "128 deep");
      values.push_back(std::move(*value));
    }
    return each(*path, " or not an array", [&](json_document& x) {
      if (!x.is_array())
        return redis_reply{};
      for (const auto& value : values)
        x.push_back(value);
      return redis_reply{static_cast<int64_t>(x.size())};
    });
  }

  json_outcome toggle() {
    return each_at_path(" or not a bool", [](json_document& x) {
      if (!x.is_boolean())
        return redis_reply{};
      x = !x.get<bool>();
      return redis_reply{int64_t{x.get<bool>()}};
    });
  }

  json_outcome type() {
    auto path = optional_path();
    if (!path)
      return fail(path.error());
    if (!document_)
      return answer({});
    redis_reply::array types;
    for (auto* x : find_all(*document_, path->steps))
      types.emplace_back(type_of(*x));
    if (!path->legacy)
      return answer(redis_reply{std::move(types)});
    return answer(types.empty() ? redis_reply{} : std::move(types[0]));
  }

  template <class Matches>
  json_outcome length(std::string_view expected, Matches matches) {
    return look(expected, [&](const json_document& x) {
      if (!matches(x))
        return redis_reply{};
      return redis_reply{static_cast<int64_t>(
        x.is_string() ? x.get_ref<const std::string&>().size() : x.size())};
    });
  }

  json_outcome keys() {
    return look(" or not an object", [](const json_document& x) {
      if (!x.is_object())
        return redis_reply{};
      redis_reply::array names;
      for (const auto& item : x.items())
        names.emplace_back(item.key());
      return redis_reply{std::move(names)};
    });
  }

private:
  static bool too_deep(const parsed_json_path& path,
                       const json_document& value) {
    return path.steps.size() + depth_of(value) > max_document_depth;
  }

  static std::string type_of(const json_document& x) {
    if (x.is_number_integer())
      return "integer";
    return x.type_name(); // as RedisJSON calls the others
  }

  static json_document array_of(const std::vector<json_document*>& xs) {
    auto result = json_document::array();
    for (auto* x : xs)
      result.push_back(*x);
    return result;
  }

  json_outcome get_one(const std::string& text) {
    auto path = parse_json_path(text);
    if (!path)
      return fail(path.error());
    auto found = find_all(*document_, path->steps);
    if (!path->legacy)
      return answer(array_of(found).dump());
    if (found.empty())
      return no_path(*path, "");
    return answer(found[0]->dump());
  }

  caf::expected<parsed_json_path> optional_path() const {
    if (args_.size() > 1)
      return make_error(errc::invalid_argument, "syntax error");
    return parse_json_path(args_.empty() ? "." : args_[0]);
  }

  template <class F>
  json_outcome each_at_path(std::string_view or_else, F change) {
    auto path = optional_path();
    if (!path)
      return fail(path.error());
    return each(*path, or_else, change);
  }

  /// Calls `change` for each place; nil means that it does not apply there.
  template <class F>
  json_outcome
  each(const parsed_json_path& path, std::string_view or_else, F change) {
    if (!document_)
      return no_document();
    redis_reply::array replies;
    auto changed = false;
    for (auto* x : find_all(*document_, path.steps)) {
      replies.push_back(change(*x));
      changed |= !replies.back().is_nil();
    }
    if (!path.legacy)
      return {redis_reply{std::move(replies)}, changed};
    if (!changed)
      return no_path(path, or_else);
    auto last = std::find_if(replies.rbegin(), replies.rend(),
                             [](const auto& x) { return !x.is_nil(); });
    return {std::move(*last), true};
  }

  template <class F>
  json_outcome look(std::string_view or_else, F view) {
    auto path = optional_path();
    if (!path)
      return fail(path.error());
    if (!document_)
      return path->legacy ? answer({}) : no_document();
    auto result = each(*path, or_else, view);
    result.changed = false;
    return result;
  }

  std::optional<json_document>& document_;
  arguments args_;
};

struct json_command_entry {
  std::string_view name;
  json_outcome (*run)(json_run&);
};

constexpr auto commands = std::to_array<json_command_entry>({
  {"JSON.SET", [](json_run& x) { return x.set(); }},
  {"JSON.GET", [](json_run& x) { return x.get(); }},
  {"JSON.DEL", [](json_run& x) { return x.erase(); }},
  {"JSON.FORGET", [](json_run& x) { return x.erase(); }},
  {"JSON.NUMINCRBY", [](json_run& x) { return x.change_number(add); }},
  {"JSON.NUMMULTBY", [](json_run& x) { return x.change_number(multiply); }},
  {"JSON.CLEAR", [](json_run& x) { return x.clear(); }},
  {"JSON.ARRAPPEND", [](json_run& x) { return x.append(); }},
  {"JSON.TOGGLE", [](json_run& x) { return x.toggle(); }},
  {"JSON.TYPE", [](json_run& x) { return x.type(); }},
  {"JSON.ARRLEN",
   [](json_run& x) {
     return x.length(" or not an array",
                     [](const auto& y) { return y.is_array(); });
   }},
  {"JSON.OBJLEN",
   [](json_run& x) {
     return x.length(" or not an object",
                     [](const auto& y) { return y.is_object(); });
   }},
  {"JSON.STRLEN",
   [](json_run& x) {
     return x.length(" or not a string",
                     [](const auto& y) { return y.is_string(); });
   }},
  {"JSON.OBJKEYS", [](json_run& x) { return x.keys(); }},
});

const json_command_entry* find_command(std::string_view name) {
  auto found
    = std::find_if(commands.begin(), commands.end(),
                   [&](const auto& x) { return same_word(name, x.name); });
  return found != commands.end() ? &*found : nullptr;
}

} // namespace

bool is_json_command(std::string_view name) {
  return find_command(name) != nullptr;
}

json_outcome run_json_command(std::optional<json_document>& document,
                              const std::vector<std::string>& command) {
  const auto* found = command.empty() ? nullptr : find_command(command[0]);
  if (found == nullptr)
    return fail(fmt::format("ERR unknown command '{}'",
                            command.empty() ? "" : command[0]));
  if (command.size() < 2)
    return fail(fmt::format("ERR wrong number of arguments for '{}' command",
                            found->name));
  json_run run{document, arguments{command}.subspan(2)};
  return found->run(run);
}

json_outcome run_json_command_on_text(std::optional<std::string>& text,
                                      const std::vector<std::string>& command) {
  std::optional<json_document> document;
  if (text) {
    auto parsed = parse_document(*text);
    if (!parsed)
      return fail("Existing key has wrong Redis type: what it holds is no JSON "
                  "document");
    document = std::move(*parsed);
  }
  auto result = run_json_command(document, command);
  if (result.changed)
    text = document ? std::optional{document->dump()} : std::nullopt;
  return result;
}

} // namespace actor_cache::detail
