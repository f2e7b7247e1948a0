#pragma once

#include <string_view>

namespace actor_cache::detail {

/// Returns the name of `T` as this compiler spells it.
template <class T>
constexpr std::string_view raw_type_name() {
#if defined(__clang__) || defined(__GNUC__)
  auto text = std::string_view{__PRETTY_FUNCTION__};
  auto first = text.find("T = ") + 4;
  // GCC goes on with "; std::string_view = ..." after the argument.
  auto last = text.find("; std::string_view", first);
  if (last == std::string_view::npos)
    last = text.rfind(']');
#else
#  error "actor_cache needs GCC or Clang to name types"
#endif
  return text.substr(first, last - first);
}

constexpr bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Returns what stands before the arguments of the outermost template, so
/// "b::map" for "b::map<a::pair<x>, y>". An enclosing template's arguments
/// stay.
constexpr std::string_view template_part(std::string_view name) {
  if (name.empty() || name.back() != '>')
    return name;
  auto depth = 0;
  for (auto pos = name.size(); pos-- > 0;) {
    if (name[pos] == '>')
      ++depth;
    else if (name[pos] == '<' && --depth == 0)
      return name.substr(0, pos);
  }
  return name;
}

/// What compilers and standard libraries put into names and we leave out.
inline constexpr std::string_view name_noise[] = {
  "__cxx11::", "__1::", "__ndk1::", "_V2::", "__debug::", " ",
};

/// Writes `name` to `out` without what differs from compiler to compiler.
template <class Out>
constexpr void write_clean_name(Out& out, std::string_view name) {
  while (!name.empty()) {
    auto skipped = false;
    for (auto noise : name_noise) {
      if (begins_with(name, noise)) {
        name.remove_prefix(noise.size());
        skipped = true;
      }
    }
    if (skipped)
      continue;
    constexpr auto gcc_anonymous = std::string_view{"{anonymous}"};
    constexpr auto clang_anonymous = std::string_view{"(anonymous namespace)"};
    if (begins_with(name, gcc_anonymous)) {
      out("(anonymous)");
      name.remove_prefix(gcc_anonymous.size());
    } else if (begins_with(name, clang_anonymous)) {
      out("(anonymous)");
      name.remove_prefix(clang_anonymous.size());
    } else {
      out(name.substr(0, 1));
      name.remove_prefix(1);
    }
  }
}

} // namespace actor_cache::detail
