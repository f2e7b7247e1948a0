#include "actor_cache/detail/perform.hpp"

#include "actor_cache/detail/observed.hpp"
#include "actor_cache/detail/served_ops.hpp"
#include "actor_cache/errc.hpp"

#include <fmt/format.h>

namespace actor_cache::detail {

namespace {

template <class Method>
struct interface_with;

template <class T, class R, class... Ts>
struct interface_with<R (T::*)(Ts...)> {
  using type = T;
};

template <class T, class R, class... Ts>
struct interface_with<R (T::*)(Ts...) const> {
  using type = T;
};

/// The capability that has the method of `Op`.
template <class Op>
using capability_of =
  typename interface_with<std::remove_const_t<decltype(Op::method)>>::type;

// -- the keys that a call is about --------------------------------------------

template <class F>
void each_key(std::string_view, const std::string& key, F& f) {
  f(key);
}

template <class T, class F>
void each_key(std::string_view,
              const std::vector<std::pair<std::string, T>>& xs, F& f) {
  for (const auto& [key, content] : xs)
    f(key);
}

/// A command names keys of the cache as the server knows them.
template <class F>
void each_key(std::string_view cache, const std::vector<std::string>& command,
              F& f) {
  for (std::string_view x : command)
    if (x.size() > cache.size() && x.starts_with(cache)
        && x[cache.size()] == ':')
      f(x.substr(cache.size() + 1));
}

template <class F>
void each_key(std::string_view cache,
              const std::vector<std::vector<std::string>>& commands, F& f) {
  for (const auto& x : commands)
    each_key(cache, x, f);
}

/// Calls `f` for each of the keys, which the first field of `op` has, if any.
template <class Op, class F>
void for_each_key(const engine& target, const Op& op, F f) {
  if constexpr (std::tuple_size_v<decltype(Op::fields)> > 0)
    each_key(target.name(), op.*std::get<0>(Op::fields).member, f);
}

// -- what a call found --------------------------------------------------------

bool found(bool x) {
  return x;
}

bool found(uint64_t x) {
  return x != 0;
}

template <class T>
bool found(const std::optional<T>& x) {
  return x.has_value();
}

template <class T>
bool found(const std::vector<T>& xs) {
  return !xs.empty();
}

bool found(const field_page& x) {
  return !x.fields.empty();
}

template <class Op>
std::optional<counter> counted(const typename Op::result& result) {
  if constexpr (Op::kind == effect::reads)
    return found(result) ? counter::hits : counter::misses;
  else if constexpr (Op::kind == effect::removes)
    return found(result) ? std::optional{counter::erased} : std::nullopt;
  else if constexpr (Op::kind == effect::writes)
    return counter::puts;
  else
    return std::nullopt;
}

// -- the arguments of a call --------------------------------------------------

template <class T>
T&& argument(T& x, time_point) {
  return std::move(x);
}

std::optional<time_point> argument(std::optional<ttl>& x, time_point now) {
  if (!x)
    return std::nullopt;
  return x->deadline(now);
}

template <class T>
caf::error validate(const T&) {
  return {};
}

caf::error validate(const std::optional<ttl>& x) {
  return x ? x->validate() : caf::error{};
}

template <class Op>
caf::error validate_fields(const Op& op) {
  caf::error result;
  auto check = [&](const auto& x) {
    if (result.empty())
      result = validate(x);
  };
  std::apply([&](const auto&... xs) { (check(op.*xs.member), ...); },
             Op::fields);
  return result;
}

template <class Op>
caf::expected<time_point> begin(engine& target, const Op& op) {
  // What is told nothing writes no entry.
  constexpr auto told = std::tuple_size_v<decltype(Op::fields)>;
  if constexpr (Op::kind == effect::reads || told == 0) {
    return target.begin_read();
  } else {
    auto result = target.begin_write();
    if (result)
      for_each_key(target, op,
                   [&](std::string_view key) { target.supersede(key); });
    return result;
  }
}

/// Makes a call of the store, with the time where the method wants that.
template <class T, class Method, class... Ts>
auto invoke(T& store, Method method, time_point now, Ts&&... xs) {
  if constexpr (std::is_invocable_v<Method, T&, Ts..., time_point>)
    return (store.*method)(std::forward<Ts>(xs)..., now);
  else
    return (store.*method)(std::forward<Ts>(xs)...);
}

template <class Result, class T>
caf::expected<Result> to_expected(T x) {
  if constexpr (std::is_void_v<Result> && std::is_same_v<T, caf::error>) {
    if (x.empty())
      return {};
  }
  return x;
}

template <class Op>
caf::error lacks(const engine& target) {
  return make_error(
    errc::not_supported,
    fmt::format("cache '{}': its adapter {} cannot do {}, which takes the "
                "capability {}",
                target.name(), target.traits().name, Op::name,
                capability_of<Op>::capability_name));
}

} // namespace

template <capability_message Op>
caf::expected<typename Op::result> perform(engine& target, Op op) {
  if (auto err = validate_fields(op); !err.empty())
    return err;
  auto now = begin(target, op);
  if (!now)
    return std::move(now.error());
  auto* store = target.template capability<capability_of<Op>>();
  if (store == nullptr)
    return lacks<Op>(target);
  std::vector<std::string> keys;
  if constexpr (Op::kind != effect::runs)
    for_each_key(target, op,
                 [&](std::string_view key) { keys.emplace_back(key); });
  auto result = std::apply(
    [&](const auto&... xs) {
      return to_expected<typename Op::result>(
        invoke(*store, Op::method, *now, argument(op.*xs.member, *now)...));
    },
    Op::fields);
  if constexpr (Op::kind != effect::runs)
    if (result)
      if (auto what = counted<Op>(*result))
        for (const auto& key : keys)
          target.count(*what, key);
  return result;
}

template <capability_message Op>
caf::expected<typename Op::result> perform_observed(engine& target, Op op) {
  call_name what{Op::name};
  std::string key;
  if constexpr (requires { op.key; })
    if (target.watched()) {
      key = op.key; // the call may take the other one
      what.key = key;
    }
  auto run = [&] { return perform(target, std::move(op)); };
  auto misses = [](const auto& result) {
    return counted<Op>(result) == counter::misses ? uint64_t{1} : uint64_t{0};
  };
  if constexpr (Op::kind == effect::reads)
    return observed(target, what, run, misses);
  else
    return observed(target, what, run);
}

/// Names the calls so that they are compiled here.
template <class List>
struct compiled_performs;

template <class... Ops>
struct compiled_performs<op_list<Ops...>> {
  static constexpr auto all = std::tuple{
    static_cast<caf::expected<typename Ops::result> (*)(engine&, Ops)>(
      &perform<Ops>)...,
    static_cast<caf::expected<typename Ops::result> (*)(engine&, Ops)>(
      &perform_observed<Ops>)...};
};

template struct compiled_performs<capability_ops>;

} // namespace actor_cache::detail
