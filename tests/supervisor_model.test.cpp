// Random runs of the supervisor's rules next to a model of Elixir's, which is
// written as plainly as its documentation puts it and knows no waiting.

#include "support/rules.hpp"
#include "support/world.hpp"

#include <caf/sec.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <random>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

class model {
public:
  explicit model(supervisor_options options) : options_(std::move(options)) {
    // nop
  }

  struct child {
    std::string id;
    restart_type restart;
    bool significant;
    bool running = false;
  };

  std::string events() {
    return std::exchange(events_, {});
  }

  std::string states() const {
    std::string result;
    for (const auto& x : children_)
      result += (result.empty() ? "" : ", ") + x.id
                + (x.running ? " running" : " stopped");
    return result;
  }

  bool over() const noexcept {
    return over_;
  }

  bool gave_up() const noexcept {
    return gave_up_;
  }

  /// Has the next starts of a child fail.
  std::map<std::string, size_t> failing;

  time_point now{};

  void start_child(const child_spec& spec) {
    if (position(spec.id) != children_.size()
        || children_.size() >= options_.max_children)
      return;
    child next{spec.id, spec.restart, spec.significant};
    if (start(next))
      children_.push_back(next);
  }

  void crash(const std::string& id, bool normally) {
    auto at = position(id);
    auto& who = children_[at];
    note('-', id);
    who.running = false;
    if (who.restart == restart_type::permanent
        || (who.restart == restart_type::transient && !normally)) {
      restart(at);
      return;
    }
    auto significant = who.significant;
    if (who.restart == restart_type::temporary || dynamic())
      children_.erase(children_.begin() + static_cast<ptrdiff_t>(at));
    auto left
      = std::any_of(children_.begin(), children_.end(),
                    [](const child& x) { return x.significant && x.running; });
    if (significant
        && (options_.auto_shutdown == auto_shutdown::any_significant || !left))
      end();
  }

  void terminate_child(const std::string& id) {
    auto at = position(id);
    if (at == children_.size())
      return;
    stop(at);
    if (children_[at].restart == restart_type::temporary || dynamic())
      children_.erase(children_.begin() + static_cast<ptrdiff_t>(at));
  }

  void restart_child(const std::string& id) {
    auto at = position(id);
    if (at < children_.size() && !children_[at].running)
      start(children_[at]);
  }

  void delete_child(const std::string& id) {
    auto at = position(id);
    if (at < children_.size() && !children_[at].running)
      children_.erase(children_.begin() + static_cast<ptrdiff_t>(at));
  }

private:
  bool dynamic() const noexcept {
    return options_.strategy == restart_strategy::dynamic;
  }

  size_t position(const std::string& id) const {
    auto i = std::find_if(children_.begin(), children_.end(),
                          [&](const child& x) { return x.id == id; });
    return static_cast<size_t>(i - children_.begin());
  }

  bool start(child& which) {
    if (auto& left = failing[which.id]; left > 0) {
      --left;
      return false;
    }
    note('+', which.id);
    which.running = true;
    return true;
  }

  void stop(size_t at) {
    if (std::exchange(children_[at].running, false))
      note('-', children_[at].id);
  }

  /// Stops the children from `first` on, the last one first, and forgets the
  /// temporary ones.
  void stop_from(size_t first) {
    for (auto at = children_.size(); at-- > first;) {
      stop(at);
      if (children_[at].restart == restart_type::temporary)
        children_.erase(children_.begin() + static_cast<ptrdiff_t>(at));
    }
  }

  /// Restarts the child at `at`, and with it what the strategy says, until
  /// there is nothing left that failed.
  void restart(size_t at) {
    restarts_.push_back(now);
    std::erase_if(restarts_,
                  [&](time_point x) { return now - x > options_.max_period; });
    if (restarts_.size() > static_cast<size_t>(options_.max_restarts)) {
      gave_up_ = true;
      end();
      return;
    }
    auto id = children_[at].id;
    if (options_.strategy == restart_strategy::one_for_one || dynamic()) {
      if (!start(children_[at]))
        restart(at);
      return;
    }
    auto first = options_.strategy == restart_strategy::one_for_all ? 0 : at;
    // The one that has ended is not stopped, and never temporary.
    stop_from(first);
    for (auto next = first; next < children_.size(); ++next)
      if (!start(children_[next])) {
        restart(next);
        return;
      }
  }

  void end() {
    over_ = true;
    for (auto at = children_.size(); at-- > 0;)
      stop(at);
  }

  void note(char what, const std::string& id) {
    events_ += (events_.empty() ? "" : " ") + (what + id);
  }

  supervisor_options options_;
  std::vector<child> children_;
  std::vector<time_point> restarts_;
  std::string events_;
  bool over_ = false;
  bool gave_up_ = false;
};

/// Removes what the model does not tell: requests to end, closing.
std::string starts_and_ends(const std::string& events) {
  std::string result;
  size_t begin = 0;
  while (begin < events.size()) {
    auto end = std::min(events.find(' ', begin), events.size());
    if (events[begin] == '+' || events[begin] == '-')
      result += (result.empty() ? "" : " ") + events.substr(begin, end - begin);
    begin = end + 1;
  }
  return result;
}

std::string sorted(std::string events) {
  std::sort(events.begin(), events.end());
  return events;
}

class random_run {
public:
  explicit random_run(uint64_t seed)
    : random_(seed),
      options_(make_options()),
      real_(options_),
      model_(options_) {
    // nop
  }

  /// Makes a random call on both sides.
  /// @returns what was done, for the message of a failed test
  std::string step() {
    auto id = std::string(1, static_cast<char>('a' + pick(6)));
    switch (pick(8)) {
      case 0:
      case 1:
        return start_child(id);
      case 2:
        real_.core().terminate_child(id, [](caf::error) {});
        real_.settle();
        model_.terminate_child(id);
        return "terminate " + id;
      case 3:
        real_.core().restart_child(id, [](caf::expected<child_info>) {});
        model_.restart_child(id);
        return "restart " + id;
      case 4:
        real_.core().delete_child(id, [](caf::error) {});
        model_.delete_child(id);
        return "delete " + id;
      case 5: {
        auto by = std::chrono::milliseconds{pick(4000)};
        real_.advance(by);
        model_.now += by;
        return fmt::format("advance {}ms", by.count());
      }
      case 6: {
        auto count = static_cast<size_t>(pick(4));
        real_.fail_starts(id, count);
        model_.failing[id] = count;
        return fmt::format("fail {} starts of {}", count, id);
      }
      default:
        return crash(id);
    }
  }

  rules& real() noexcept {
    return real_;
  }

  model& ideal() noexcept {
    return model_;
  }

  bool dynamic() const noexcept {
    return options_.strategy == restart_strategy::dynamic;
  }

private:
  int pick(int count) {
    return std::uniform_int_distribution<>{0, count - 1}(random_);
  }

  supervisor_options make_options() {
    return {
      .strategy = static_cast<restart_strategy>(pick(4)),
      .max_restarts = pick(6),
      .max_period = std::chrono::seconds{1 + pick(5)},
      .auto_shutdown = static_cast<auto_shutdown>(pick(3)),
      .max_children = static_cast<size_t>(3 + pick(4)),
    };
  }

  std::string start_child(const std::string& id) {
    auto spec = pretended(id, static_cast<restart_type>(pick(3)));
    spec.significant = spec.restart != restart_type::permanent
                       && options_.auto_shutdown != auto_shutdown::never
                       && pick(2) == 0;
    real_.core().start_child(spec, [](caf::expected<child_info>) {});
    model_.start_child(spec);
    return fmt::format("start {} {}{}", to_string(spec.restart), id,
                       spec.significant ? " (significant)" : "");
  }

  std::string crash(const std::string& id) {
    auto normally = pick(2) == 0;
    if (!real_.runs(id))
      return "nothing";
    real_.crash(id, normally ? caf::error{} : caf::sec::runtime_error);
    model_.crash(id, normally);
    return fmt::format("{} ends {}", id, normally ? "normally" : "badly");
  }

  std::mt19937_64 random_;
  supervisor_options options_;
  rules real_;
  model model_;
};

} // namespace

TEST_CASE("random runs agree with a model of Elixir's rules", "[supervisor]") {
  constexpr uint64_t runs = 5'000;
  constexpr int steps = 60;
  for (uint64_t seed = 0; seed < runs; ++seed) {
    random_run run{seed};
    std::string history;
    for (int step = 0; step < steps && !run.ideal().over(); ++step) {
      history += run.step() + "; ";
      auto real = starts_and_ends(run.real().events());
      auto ideal = run.ideal().events();
      // A dynamic supervisor does not stop its children in an order.
      auto same_events = run.dynamic() ? sorted(real) == sorted(ideal)
                                       : real == ideal;
      auto ended = run.real().finished_with().has_value();
      auto gave_up = ended && *run.real().finished_with() == errc::child_failed;
      if (same_events && ended == run.ideal().over()
          && gave_up == run.ideal().gave_up()
          && (ended || run.real().states() == run.ideal().states()))
        continue;
      FAIL("seed " << seed << ": " << history << "\n real: " << real << " | "
                   << run.real().states() << "\nmodel: " << ideal << " | "
                   << run.ideal().states());
    }
  }
  SUCCEED();
}
