#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/errc.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::testing {

/// A store that answers what a test told it to and fails all else: for tests
/// that care about the calls themselves. Most are better off with a sandbox.
///
///     actor_cache::testing::mock store;
///     store.expect_get("user:1").returns(user{"Ada"});
///     store.expect_put("user:1").times(1);
///     cache_spec{.name = "users", .adapter = store.options()};
///     ...
///     CHECK(store.verify());
///
/// What is expected are the calls to the store: `get`, `contains` and
/// `get_or_create` read it; `put`, `put_new`, `update` and the value that
/// `get_or_create` stores write to it.
///
/// Thread safety: expectations are set before the cache starts; the rest may
/// happen at any time.
class mock {
public:
  enum class call { get, put, erase };

  /// What one call with one key is answered with, and how often it is to come:
  /// once or more, unless `times` says.
  class expectation {
  public:
    expectation(call what, std::string key)
      : what_(what), key_(std::move(key)) {
      // nop
    }

    /// A read finds this value; without it, nothing.
    template <class V>
    expectation& returns(V value) {
      value_ = term::of(std::move(value));
      return *this;
    }

    expectation& fails(errc code) {
      failure_ = code;
      return *this;
    }

    expectation& times(size_t count) {
      least_ = most_ = count;
      return *this;
    }

  private:
    friend class mock;

    call what_;
    std::string key_;
    std::optional<term> value_;
    std::optional<errc> failure_;
    size_t least_ = 1;
    size_t most_ = std::numeric_limits<size_t>::max();
    size_t seen_ = 0;
  };

  expectation& expect_get(std::string key) {
    return expect(call::get, std::move(key));
  }

  expectation& expect_put(std::string key) {
    return expect(call::put, std::move(key));
  }

  expectation& expect_erase(std::string key) {
    return expect(call::erase, std::move(key));
  }

  /// Succeeds if all came that was expected, and nothing else.
  /// @returns `errc::invalid_argument`, naming the first call that did not fit
  caf::expected<void> verify() const {
    std::lock_guard guard{state_->mtx};
    if (!state_->unexpected.empty())
      return make_error(errc::invalid_argument,
                        "nobody expected: " + state_->unexpected.front());
    for (const auto& x : state_->expected)
      if (x->seen_ < x->least_)
        return make_error(errc::invalid_argument,
                          "expected " + std::to_string(x->least_) + ", came "
                            + std::to_string(x->seen_)
                            + " times: " + describe(x->what_, x->key_));
    return {};
  }

  /// Returns the options for a `cache_spec`.
  auto options() const {
    return mock_options{state_};
  }

private:
  struct state {
    mutable std::mutex mtx;
    std::vector<std::unique_ptr<expectation>> expected;
    std::vector<std::string> unexpected;
  };

  using state_ptr = std::shared_ptr<state>;

  class store final : public adapter {
  public:
    explicit store(state_ptr what) : state_(std::move(what)) {
      // nop
    }

    adapter_traits traits() const noexcept override {
      return {"mock"};
    }

    caf::expected<std::optional<entry>> get(std::string_view key,
                                            time_point) override {
      auto answer = meet(call::get, key);
      if (!answer)
        return std::move(answer.error());
      if (!*answer)
        return std::optional<entry>{};
      return std::optional<entry>{entry{std::move(**answer)}};
    }

    caf::expected<version> put(std::string_view key, entry,
                               time_point) override {
      auto answer = meet(call::put, key);
      if (!answer)
        return std::move(answer.error());
      return version{1};
    }

    caf::expected<bool> erase(std::string_view key, time_point) override {
      auto answer = meet(call::erase, key);
      if (!answer)
        return std::move(answer.error());
      return true;
    }

    caf::expected<version> update(std::string_view key, time_point now,
                                  decide_fn decide) override {
      auto next = decide(nullptr);
      if (next.what == change::kind::store)
        return put(key, std::move(next.next), now);
      if (next.what == change::kind::erase)
        if (auto done = erase(key, now); !done)
          return std::move(done.error());
      return version{0};
    }

    caf::expected<size_t> size(time_point) override {
      return size_t{0};
    }

    caf::error clear() override {
      return {};
    }

    caf::expected<scan_page> scan(std::string_view, size_t,
                                  time_point) override {
      return scan_page{};
    }

  private:
    caf::expected<std::optional<term>> meet(call what, std::string_view key) {
      std::lock_guard guard{state_->mtx};
      auto fits = [&](const auto& x) {
        return x->what_ == what && x->key_ == key && x->seen_ < x->most_;
      };
      auto& expected = state_->expected;
      auto found = std::find_if(expected.begin(), expected.end(), fits);
      if (found == expected.end()) {
        state_->unexpected.push_back(describe(what, key));
        return make_error(errc::invalid_argument,
                          "the mock expected no " + describe(what, key));
      }
      auto& x = **found;
      ++x.seen_;
      if (x.failure_)
        return make_error(*x.failure_, "the mock fails " + describe(what, key));
      return x.value_;
    }

    const state_ptr state_;
  };

  struct mock_options {
    state_ptr what;

    caf::error validate() const {
      return {};
    }

    adapter_ptr make(const adapter_context&) const {
      return std::make_unique<store>(what);
    }
  };

  expectation& expect(call what, std::string key) {
    auto& xs = state_->expected;
    xs.push_back(std::make_unique<expectation>(what, std::move(key)));
    return *xs.back();
  }

  static std::string describe(call what, std::string_view key) {
    auto name = what == call::get ? "get" : what == call::put ? "put" : "erase";
    return std::string{name} + " '" + std::string{key} + "'";
  }

  state_ptr state_ = std::make_shared<state>();
};

} // namespace actor_cache::testing
