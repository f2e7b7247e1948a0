#pragma once

#include "../supervision/supervisor_core.hpp"

#include "actor_cache/errc.hpp"

#include <caf/exit_reason.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache::test {

/// The rules of a supervisor with children that only pretend to run, and a time
/// that the test drives. Nothing happens between two calls.
class rules final : private detail::supervisor_core::host {
public:
  explicit rules(supervisor_options options)
    : core_(std::in_place, outside(), std::move(options)) {
    // nop
  }

  detail::supervisor_core& core() noexcept {
    return *core_;
  }

  /// Destroys the rules, as when the supervisor is killed; there is no `core`
  /// from then on.
  void destroy() {
    core_.reset();
  }

  /// What has happened since the last call: "+a" a child was started, "?a" it
  /// was asked to end, "!a" killed, "xa" closed, "-a" it has ended.
  std::string events() {
    return std::exchange(events_, {});
  }

  /// Returns e.g. "a running, b stopped".
  std::string states() const {
    std::string result;
    for (const auto& x : core_->which_children())
      result += (result.empty() ? "" : ", ") + x.id + ' ' + to_string(x.state);
    return result;
  }

  const std::optional<caf::error>& finished_with() const noexcept {
    return finished_;
  }

  /// Has the next `count` starts of `id` fail.
  void fail_starts(const std::string& id, size_t count) {
    failing_[id] = count;
  }

  size_t failing(const std::string& id) {
    return failing_[id];
  }

  /// Has `id` ignore that it is asked to end.
  void ignore_stop(const std::string& id) {
    stubborn_.insert(id);
  }

  /// Has `id` ignore even that it is killed.
  void ignore_kill(const std::string& id) {
    ignore_stop(id);
    hanging_.insert(id);
  }

  /// Ends a child and all that follows at this time.
  void crash(const std::string& id,
             caf::error reason = caf::sec::runtime_error) {
    end(id, std::move(reason));
    settle();
  }

  void advance(timespan by) {
    now_ += by;
    settle();
  }

  /// Delivers the ends of children that obeyed and what is due by now.
  void settle() {
    while (!finished_) {
      if (!obeyed_.empty()) {
        auto id = std::move(obeyed_.front());
        obeyed_.pop_front();
        end(id, caf::exit_reason::user_shutdown);
      } else if (wake_ <= now_) {
        wake_ = never;
        core_->wake();
      } else {
        return;
      }
    }
  }

  bool runs(const std::string& id) const {
    return runs_.contains(id);
  }

  time_point time() const noexcept {
    return now_;
  }

  /// What `random` returns.
  double dice = 0.5;

  /// What a closing child reports as lost.
  caf::error loss;

private:
  class child final : public detail::process {
  public:
    child(rules& owner, std::string id) : owner_(owner), id_(std::move(id)) {
      // nop
    }

    child_kind kind() const noexcept override {
      return child_kind::actor;
    }

    caf::error start(uint64_t run) override {
      if (auto& left = owner_.failing_[id_]; left > 0) {
        --left;
        return make_error(errc::unavailable, id_ + " cannot start");
      }
      owner_.note('+', id_);
      owner_.runs_.emplace(id_, run);
      open_ = true;
      return {};
    }

    caf::strong_actor_ptr actor() const override {
      return nullptr;
    }

    void stop() override {
      owner_.note('?', id_);
      if (!owner_.stubborn_.contains(id_))
        owner_.obeyed_.push_back(id_);
    }

    void kill() override {
      owner_.note('!', id_);
      if (!owner_.hanging_.contains(id_))
        owner_.obeyed_.push_back(id_);
    }

    caf::error close() override {
      if (!std::exchange(open_, false))
        return {};
      owner_.note('x', id_);
      return owner_.loss;
    }

  private:
    rules& owner_;
    std::string id_;
    bool open_ = false;
  };

  friend class child;

  detail::supervisor_core::host& outside() noexcept {
    return *this;
  }

  std::unique_ptr<detail::process> make(const child_spec& spec) override {
    return std::make_unique<child>(*this, spec.id);
  }

  time_point now() const override {
    return now_;
  }

  void wake_at(time_point when) override {
    wake_ = std::min(wake_, when);
  }

  double random() override {
    return dice;
  }

  void finished(caf::error reason) override {
    finished_ = std::move(reason);
  }

  void note(char what, const std::string& id) {
    events_ += (events_.empty() ? "" : " ") + (what + id);
  }

  void end(const std::string& id, caf::error reason) {
    auto found = runs_.extract(id);
    if (found.empty())
      return;
    note('-', id);
    core_->ended(found.mapped(), reason);
  }

  time_point now_{std::chrono::hours{1}};
  time_point wake_ = never;
  std::string events_;
  std::map<std::string, size_t> failing_;
  std::set<std::string> stubborn_;
  std::set<std::string> hanging_;
  std::map<std::string, uint64_t> runs_;
  std::deque<std::string> obeyed_;
  std::optional<caf::error> finished_;
  std::optional<detail::supervisor_core> core_;
};

/// Returns the spec of a child that only pretends to run.
inline child_spec pretended(std::string id,
                            restart_type restart = restart_type::permanent) {
  child_spec result{std::move(id),
                    [](caf::actor_system&) { return caf::actor{}; }};
  result.restart = restart;
  return result;
}

} // namespace actor_cache::test
