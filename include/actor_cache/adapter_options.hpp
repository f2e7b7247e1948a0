#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/detail/option_reader.hpp"
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
/// `validate()` runs before any I/O; its error begins with "<struct>::<option>
/// is <value>" and says what is accepted. `make(context)` builds the adapter
/// and must not do I/O either; that is for `adapter::start`. A tuple `fields`
/// (field.hpp) lists the options that configuration can set.
template <class T>
concept adapter_config = requires(const T& x, const adapter_context& context) {
  { x.validate() } -> std::same_as<caf::error>;
  { x.make(context) } -> std::same_as<adapter_ptr>;
} && std::copy_constructible<T>;

/// An adapter that has calls of its own names what answers them in a sandbox:
/// `stand_in()` returns the options of an adapter that has the same
/// capabilities, keeps all in memory and allows `road::direct`.
template <class T>
concept has_stand_in = adapter_config<T> && requires(const T& x) {
  { x.stand_in() } -> adapter_config;
};

namespace detail {

/// The options of one adapter, whichever it is.
class any_options {
public:
  virtual ~any_options() = default;

  virtual caf::error validate() const = 0;

  virtual adapter_ptr make(const adapter_context& context) const = 0;

  /// Makes what stands in for the adapter in a sandbox, null where the options
  /// do not say.
  virtual adapter_ptr make_stand_in(const adapter_context& context) const = 0;

  virtual std::unique_ptr<any_options> clone() const = 0;

  /// Returns the options by name, for configuration to set.
  virtual option_table table() noexcept = 0;
};

template <adapter_config T>
class options_of final : public any_options {
public:
  explicit options_of(T options) : options_(std::move(options)) {
    // nop
  }

  caf::error validate() const override {
    return options_.validate();
  }

  adapter_ptr make(const adapter_context& context) const override {
    return options_.make(context);
  }

  adapter_ptr make_stand_in(const adapter_context& context) const override {
    if constexpr (has_stand_in<T>)
      return options_.stand_in().make(context);
    else
      return nullptr;
  }

  std::unique_ptr<any_options> clone() const override {
    return std::make_unique<options_of>(options_);
  }

  option_table table() noexcept override {
    return table_of(options_);
  }

private:
  T options_;
};

using any_options_ptr = std::shared_ptr<const any_options>;

} // namespace detail

/// The options of any adapter, or a function that returns them when the cache
/// starts (ElixirCache's runtime configuration).
class adapter_options {
public:
  /// Wraps the options of one adapter.
  template <adapter_config T>
  adapter_options(T options)
    : adapter_options(
        std::make_shared<const detail::options_of<T>>(std::move(options))) {
    // nop
  }

  /// Wraps a function that returns options, or a `caf::expected` of options;
  /// it runs each time the cache starts. It may take the `adapter_context` of
  /// the cache, or nothing.
  template <class F>
    requires((std::invocable<const F&>
              || std::invocable<const F&, const adapter_context&>)
             && !adapter_config<F> && !std::same_as<F, adapter_options>)
  adapter_options(F fun)
    : resolve_([fun = std::move(fun)](const adapter_context& context) {
        if constexpr (std::invocable<const F&>)
          return flatten(fun(), context);
        else
          return flatten(fun(context), context);
      }) {
    // nop
  }

  /// Resolves and validates the options and makes the adapter.
  caf::expected<adapter_ptr> make(const adapter_context& context) const;

  /// Makes what stands in for the adapter in a sandbox: what its options say,
  /// or an ets table where they say nothing or cannot be had.
  adapter_ptr make_stand_in(const adapter_context& context) const;

  /// For configuration: wraps options of a type that is not known here.
  explicit adapter_options(detail::any_options_ptr options);

  /// For configuration: returns the options; a function runs now.
  /// @returns the function's error, `errc::exception` where it throws
  caf::expected<detail::any_options_ptr>
  resolve(const adapter_context& context) const;

private:
  using resolved = caf::expected<detail::any_options_ptr>;

  static resolved flatten(const adapter_options& options,
                          const adapter_context& context) {
    return options.resolve_(context);
  }

  template <class T>
  static resolved
  flatten(caf::expected<T> options, const adapter_context& context) {
    if (!options)
      return std::move(options.error());
    return flatten(adapter_options{std::move(*options)}, context);
  }

  std::function<resolved(const adapter_context&)> resolve_;
};

} // namespace actor_cache
