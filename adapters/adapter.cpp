#include "actor_cache/adapter.hpp"

#include "actor_cache/adapter_options.hpp"
#include "actor_cache/adapters/ets.hpp"

#include <fmt/format.h>

#include <exception>

namespace actor_cache {

adapter::~adapter() = default;

caf::error adapter::start() {
  return {};
}

caf::error adapter::stop() {
  return {};
}

caf::error adapter::read(std::string_view key, time_point now, see_fn see) {
  auto found = get(key, now);
  if (!found)
    return std::move(found.error());
  if (*found)
    see((*found)->stored());
  return {};
}

size_t adapter::sweep(time_point) {
  return 0;
}

bool adapter::sweep_pending() const noexcept {
  return false;
}

size_t adapter::bytes() const noexcept {
  return 0;
}

removals adapter::removed() const noexcept {
  return {};
}

caf::expected<std::vector<std::optional<entry>>>
adapter::get_many(std::span<const std::string> keys, time_point now) {
  std::vector<std::optional<entry>> result;
  result.reserve(keys.size());
  for (const auto& key : keys) {
    auto found = get(key, now);
    if (!found)
      return std::move(found.error());
    result.push_back(std::move(*found));
  }
  return result;
}

caf::error
adapter::put_many(std::span<const std::pair<std::string, entry>> entries,
                  time_point now) {
  for (const auto& [key, content] : entries)
    if (auto stored = put(key, content, now); !stored)
      return std::move(stored.error());
  return {};
}

caf::expected<size_t> adapter::erase_many(std::span<const std::string> keys,
                                          time_point now) {
  size_t result = 0;
  for (const auto& key : keys) {
    auto erased = erase(key, now);
    if (!erased)
      return std::move(erased.error());
    result += *erased ? 1 : 0;
  }
  return result;
}

void* adapter::find_capability(std::string_view) noexcept {
  return nullptr;
}

adapter_options::adapter_options(detail::any_options_ptr options)
  : resolve_([options = std::move(options)](const adapter_context&) {
      return resolved{options};
    }) {
  // nop
}

caf::expected<detail::any_options_ptr>
adapter_options::resolve(const adapter_context& context) const {
  constexpr auto who = "the function that returns the adapter's options";
  try {
    return resolve_(context);
  } catch (const std::exception& e) {
    return make_error(errc::exception,
                      fmt::format("{} threw: {}", who, e.what()));
  } catch (...) {
    return make_error(errc::exception, fmt::format("{} threw", who));
  }
}

caf::expected<adapter_ptr>
adapter_options::make(const adapter_context& context) const {
  auto options = resolve(context);
  if (!options)
    return std::move(options.error());
  if (auto err = (*options)->validate(); !err.empty())
    return err;
  return (*options)->make(context);
}

adapter_ptr
adapter_options::make_stand_in(const adapter_context& context) const {
  if (auto options = resolve(context))
    if (auto result = (*options)->make_stand_in(context))
      return result;
  return ets_options{}.stand_in().make(context);
}

} // namespace actor_cache
