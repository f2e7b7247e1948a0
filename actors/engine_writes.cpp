// The calls of the engine that write one key.

#include "actor_cache/detail/arithmetic.hpp"
#include "actor_cache/detail/engine.hpp"
#include "actor_cache/errc.hpp"

#include "flights.hpp"

#include <fmt/format.h>

namespace actor_cache::detail {

namespace {

caf::expected<bool> stored(caf::expected<version> written) {
  if (!written)
    return std::move(written.error());
  return *written != 0;
}

caf::expected<bool> stored(caf::expected<conditional::outcome> done) {
  if (!done)
    return std::move(done.error());
  return done->written != 0;
}

version version_of(const entry* current) noexcept {
  return current == nullptr ? 0 : current->version;
}

const entry* fresh_or_null(const entry* current, time_point now) noexcept {
  return current != nullptr && current->fresh(now) ? current : nullptr;
}

} // namespace

caf::expected<entry> engine::draft(term value, std::optional<ttl> lifetime,
                                   time_point now) {
  auto span = lifetime.value_or(spec_.default_ttl);
  if (auto err = span.validate(); !err.empty())
    return err;
  if (!span.is_infinite())
    note_deadline();
  return entry{std::move(value), span.deadline(now)};
}

caf::expected<void> engine::put(std::string_view key, term value,
                                std::optional<ttl> lifetime) {
  if (auto err = check(); !err.empty())
    return err;
  auto endless = lifetime.value_or(spec_.default_ttl).is_infinite();
  auto time = endless ? read_time() : now();
  auto next = draft(std::move(value), lifetime, time);
  if (!next)
    return std::move(next.error());
  flights_->supersede(key);
  auto done = store_->put(key, std::move(*next), time);
  if (!done)
    return std::move(done.error());
  count(counter::puts, key);
  remember_write(key, *done);
  return {};
}

caf::expected<version> engine::write(std::string_view key, time_point now,
                                     decide_fn decide) {
  auto what = change::kind::keep;
  std::optional<counter> went;
  auto written = store_->update(key, now, [&](const entry* current) {
    auto next = decide(current);
    what = next.what;
    went.reset();
    if (current != nullptr)
      went = !current->fresh(now)          ? counter::expired
             : what == change::kind::store ? counter::replaced
                                           : counter::erased;
    return next;
  });
  if (!written || what == change::kind::keep)
    return written;
  if (what == change::kind::store)
    count(counter::puts, key);
  if (went)
    count(*went, key);
  return written;
}

caf::expected<version> engine::modify(std::string_view key, time_point now,
                                      decide_fn decide) {
  auto written = write(key, now, [&](const entry* current) {
    auto next = decide(fresh_or_null(current, now));
    // Whoever refuses to write leaves a load alone.
    if (next.what != change::kind::keep)
      flights_->supersede(key);
    return next;
  });
  if (written && *written != 0)
    remember_write(key, *written);
  return written;
}

caf::expected<conditional::outcome>
engine::put_when(std::string_view key, term value, std::optional<ttl> lifetime,
                 precondition wanted) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto next = draft(std::move(value), lifetime, time);
  if (!next)
    return std::move(next.error());
  if (conditional_ != nullptr)
    return put_at_once(key, std::move(*next), wanted, time);
  conditional::outcome result;
  auto written = modify(key, time, [&](const entry* current) {
    result.found = version_of(current);
    return wanted.met_by(result.found) ? change::store(*next) : change::keep();
  });
  if (!written)
    return std::move(written.error());
  result.written = *written;
  return result;
}

caf::expected<conditional::outcome>
engine::put_at_once(std::string_view key, entry next, precondition wanted,
                    time_point now) {
  auto done = conditional_->put_if(key, std::move(next), wanted, now);
  if (!done || done->written == 0)
    return done;
  // Not before: whoever refuses to write leaves a load alone. A load that ends
  // meanwhile sees by the version that it comes too late.
  flights_->supersede(key);
  count(counter::puts, key);
  if (done->found != 0)
    count(counter::replaced, key);
  else if (done->expired)
    count(counter::expired, key);
  return done;
}

caf::expected<bool> engine::put_new(std::string_view key, term value,
                                    std::optional<ttl> lifetime) {
  return stored(
    put_when(key, std::move(value), lifetime, precondition::absent()));
}

caf::expected<bool> engine::replace(std::string_view key, term value,
                                    std::optional<ttl> lifetime) {
  return stored(
    put_when(key, std::move(value), lifetime, precondition::present()));
}

caf::expected<version> engine::modify_if(std::string_view key, time_point now,
                                         version expected, decide_fn decide) {
  caf::error failure;
  auto written = modify(key, now, [&](const entry* current) {
    failure = conflict_of(key, expected, version_of(current));
    return failure.empty() ? decide(current) : change::keep();
  });
  if (written && !failure.empty())
    return failure;
  return written;
}

caf::expected<version> engine::put_if(std::string_view key, term value,
                                      version expected,
                                      std::optional<ttl> lifetime) {
  auto done = put_when(key, std::move(value), lifetime,
                       precondition::has(expected));
  if (!done)
    return std::move(done.error());
  if (done->written == 0)
    return conflict_of(key, expected, done->found);
  return done->written;
}

caf::expected<version> engine::rewrite(std::string_view key, term value,
                                       version expected) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto created = draft(std::move(value), std::nullopt, time);
  if (!created)
    return std::move(created.error());
  return modify_if(key, time, expected, [&](const entry* current) {
    auto next = *created;
    if (current != nullptr) {
      next.deadline = current->deadline;
      next.stale_for = current->stale_for;
    }
    return change::store(std::move(next));
  });
}

caf::error engine::conflict_of(std::string_view key, version expected,
                               version found) const {
  if (found == expected)
    return {};
  return make_error(errc::version_conflict,
                    fmt::format("cache '{}': expected the entry of key '{}' to "
                                "have version {}, found {}; version 0 is a "
                                "missing entry",
                                name(), key, expected, found));
}

caf::expected<void> engine::erase(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  flights_->supersede(key);
  auto erased = store_->erase(key, now());
  if (!erased)
    return std::move(erased.error());
  if (*erased)
    count(counter::erased, key);
  return {};
}

caf::expected<void> engine::erase_if(std::string_view key, version expected) {
  if (auto err = check(); !err.empty())
    return err;
  auto erased = modify_if(key, now(), expected, [](const entry* current) {
    return current != nullptr ? change::erase() : change::keep();
  });
  if (!erased)
    return std::move(erased.error());
  return {};
}

caf::expected<std::optional<term>> engine::take(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  if (conditional_ != nullptr)
    return take_at_once(key, now());
  std::optional<term> result;
  auto done = modify(key, now(), [&](const entry* current) {
    result.reset();
    if (current != nullptr)
      result = current->value;
    return change::erase();
  });
  if (!done)
    return std::move(done.error());
  count(result ? counter::hits : counter::misses, key);
  return result;
}

caf::expected<std::optional<term>> engine::take_at_once(std::string_view key,
                                                        time_point now) {
  flights_->supersede(key);
  auto found = conditional_->take(key, now);
  if (!found)
    return std::move(found.error());
  if (*found)
    count((*found)->fresh(now) ? counter::erased : counter::expired, key);
  return hit_or_miss(key, now, std::move(*found));
}

caf::expected<bool> engine::touch(std::string_view key, ttl lifetime) {
  if (auto err = lifetime.validate(); !err.empty())
    return err;
  if (auto err = check(); !err.empty())
    return err;
  note_deadline();
  auto time = now();
  return stored(store_->update(key, time, [&](const entry* current) {
    const auto* fresh = fresh_or_null(current, time);
    if (fresh == nullptr)
      return change::keep();
    auto next = *fresh;
    next.deadline = lifetime.deadline(time);
    return change::store(std::move(next));
  }));
}

caf::expected<term> engine::increment(std::string_view key, term step) {
  return adjust(key, arithmetic_op::add, step);
}

caf::expected<term> engine::decrement(std::string_view key, term step) {
  return adjust(key, arithmetic_op::subtract, step);
}

caf::expected<term> engine::adjust(std::string_view key, arithmetic_op op,
                                   const term& step) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = write_time();
  if (counting_ != nullptr) {
    auto counted = counting_->count(key, op, step, time);
    if (!counted)
      return std::move(counted.error());
    if (*counted) {
      note_counted(key);
      return std::move(**counted);
    }
  }
  auto created = draft({}, std::nullopt, time);
  if (!created)
    return std::move(created.error());
  caf::expected<term> result{caf::error{}};
  auto written = modify(key, time, [&](const entry* current) {
    auto next = current != nullptr ? *current : *created;
    result = combine(next.value, op, step);
    if (!result)
      return change::keep();
    next.value = *result;
    return change::store(std::move(next));
  });
  if (!written)
    return std::move(written.error());
  return result;
}

caf::expected<void> engine::count_blindly(std::string_view key,
                                          arithmetic_op op, term step) {
  if (auto err = check(); !err.empty())
    return err;
  if (counting_ != nullptr) {
    auto counted = counting_->count_blindly(key, op, step, write_time());
    if (!counted)
      return std::move(counted.error());
    if (*counted) {
      note_counted(key);
      return {};
    }
  }
  if (auto result = adjust(key, op, step); !result)
    return std::move(result.error());
  return {};
}

void engine::note_counted(std::string_view key) {
  // A load under way sees by the version that it comes too late.
  flights_->supersede(key);
  count(counter::puts, key);
  count(counter::replaced, key);
}

} // namespace actor_cache::detail
