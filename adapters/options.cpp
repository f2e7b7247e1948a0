// What the plain option and time types do beyond holding values.

#include "actor_cache/clock.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/load_options.hpp"
#include "actor_cache/ttl.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>

#include <fmt/format.h>

namespace actor_cache {

namespace {

class actor_system_clock final : public clock {
public:
  explicit actor_system_clock(caf::actor_clock& source) : source_(source) {
    // nop
  }

  time_point now() const noexcept override {
    return source_.now();
  }

private:
  caf::actor_clock& source_;
};

caf::error require_not_negative(std::string_view option, timespan value) {
  if (value >= timespan{0})
    return {};
  return make_error(errc::invalid_argument,
                    fmt::format("load_options::{} is {}; accepted is 0 or more",
                                option, render(value)));
}

} // namespace

std::string render(timespan span) {
  using namespace std::chrono;
  constexpr std::pair<timespan, std::string_view> units[] = {
    {hours{1}, "h"},         {minutes{1}, "min"},     {seconds{1}, "s"},
    {milliseconds{1}, "ms"}, {microseconds{1}, "us"},
  };
  for (auto [unit, symbol] : units)
    if (span != timespan{0} && span % unit == timespan{0})
      return fmt::format("{}{}", span / unit, symbol);
  return fmt::format("{}ns", span.count());
}

// -- ttl ----------------------------------------------------------------------

caf::error ttl::validate(std::string_view what) const {
  if (span_ > timespan{0})
    return {};
  return make_error(errc::invalid_argument,
                    fmt::format("{} is {}; accepted is any duration above 0, "
                                "or actor_cache::infinite",
                                what, render(span_)));
}

std::string to_string(ttl x) {
  return x.is_infinite() ? "infinite" : render(x.span());
}

// -- clock --------------------------------------------------------------------

clock::~clock() = default;

clock_ptr clock_of(caf::actor_system& system) {
  return std::make_shared<actor_system_clock>(system.clock());
}

// -- load_options -------------------------------------------------------------

caf::error load_options::validate() const {
  if (ttl)
    if (auto err = ttl->validate("load_options::ttl"); !err.empty())
      return err;
  if (!(ttl_jitter >= 0.0 && ttl_jitter <= 1.0))
    return make_error(errc::invalid_argument,
                      fmt::format("load_options::ttl_jitter is {}; accepted is "
                                  "0 to 1",
                                  ttl_jitter));
  const std::pair<std::string_view, timespan> spans[] = {
    {"refresh_ahead", refresh_ahead},
    {"stale_while_revalidate", stale_while_revalidate},
    {"stale_if_error", stale_if_error},
    {"negative_ttl", negative_ttl},
    {"wait_timeout", wait_timeout},
  };
  for (const auto& [option, value] : spans)
    if (auto err = require_not_negative(option, value); !err.empty())
      return err;
  return {};
}

} // namespace actor_cache
