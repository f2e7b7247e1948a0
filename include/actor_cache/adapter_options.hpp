#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/errc.hpp"

#include <caf/expected.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace actor_cache {

/// The options struct of an adapter: an aggregate with the defaults in place.
///
/// `validate()` runs before any I/O; its error names the option, the value it
/// got and what is accepted. `make(context)` builds the adapter and must not do
/// I/O either; that is for `adapter::start`.
template <class T>
concept adapter_config
  = std::copy_constructible<T>
    && requires(const T& x, const adapter_context& context) {
         { x.validate() } -> std::same_as<caf::error>;
         { x.make(context) } -> std::same_as<adapter_ptr>;
       };

/// An adapter that has calls of its own names what answers them in a sandbox:
/// `stand_in()` returns the options of an adapter that has the same
/// capabilities, keeps all in memory and allows `road::direct`.
template <class T>
concept has_stand_in = adapter_config<T> && requires(const T& x) {
  { x.stand_in() } -> adapter_config;
};

/// The options of any adapter, or a function that returns them when the cache
/// starts (ElixirCache's runtime configuration).
class adapter_options {
public:
  /// Wraps the options of one adapter.
  template <adapter_config T>
  adapter_options(T options)
    : resolve_([options = std::move(options)] {
        return caf::expected<resolved>{resolved{
          [options] { return options.validate(); },
          [options](const adapter_context& x) { return options.make(x); },
          stand_in_of(options),
        }};
      }) {
    // nop
  }

  /// Wraps a function that returns options, or a `caf::expected` of options;
  /// it runs each time the cache starts.
  template <class F>
    requires(std::invocable<const F&> && !adapter_config<F>
             && !std::same_as<F, adapter_options>)
  adapter_options(F fun)
    : resolve_([fun = std::move(fun)]() -> caf::expected<resolved> {
        return flatten(fun());
      }) {
    // nop
  }

  /// Resolves and validates the options and makes the adapter.
  caf::expected<adapter_ptr> make(const adapter_context& context) const;

  /// Makes what stands in for the adapter in a sandbox: what its options say,
  /// or an ets table where they say nothing or cannot be had.
  adapter_ptr make_stand_in(const adapter_context& context) const;

private:
  using factory = std::function<adapter_ptr(const adapter_context&)>;

  struct resolved {
    std::function<caf::error()> validate;
    factory make;
    factory make_stand_in;
  };

  template <class T>
  static factory stand_in_of(const T& options) {
    if constexpr (has_stand_in<T>)
      return [twin = options.stand_in()](const adapter_context& x) {
        return twin.make(x);
      };
    else
      return nullptr;
  }

  static caf::expected<resolved> flatten(adapter_options options) {
    return options.resolve_();
  }

  template <class T>
  static caf::expected<resolved> flatten(caf::expected<T> options) {
    if (!options)
      return std::move(options.error());
    return flatten(adapter_options{std::move(*options)});
  }

  std::function<caf::expected<resolved>()> resolve_;
};

} // namespace actor_cache
