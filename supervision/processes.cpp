#include "processes.hpp"

#include "actor_cache/errc.hpp"

#include "../actors/cache_actor_state.hpp"
#include "../actors/cache_registry.hpp"
#include "../actors/make_engine.hpp"
#include "../actors/place.hpp"
#include "supervisor_state.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace actor_cache::detail {

namespace {

/// Makes the engine of a cache, opens its store, and registers its name.
caf::expected<engine_ptr> start_engine(caf::actor_system& system,
                                       const cache_spec& spec) {
  auto made = make_engine(system, spec);
  if (!made)
    return made;
  auto& result = *made;
  auto& registry = cache_registry::of(system);
  if (auto err = registry.add(result); !err.empty())
    return err;
  if (auto err = result->start(); !err.empty()) {
    registry.remove(result);
    return err;
  }
  return result;
}

/// What all kinds share: an actor at a place with a path.
class process_base : public process {
public:
  process_base(const surroundings& around, const std::string& id)
    : around_(around), path_(around.path + '/' + id) {
    // nop
  }

  caf::strong_actor_ptr actor() const final {
    return actor_;
  }

  void stop() final {
    send_exit(caf::exit_reason::user_shutdown);
  }

  void kill() final {
    send_exit(caf::exit_reason::kill);
  }

protected:
  /// Lets `hdl` fill `at` and reports its end as that of `run`.
  void started(caf::strong_actor_ptr hdl, const place_ptr& at, uint64_t run) {
    actor_ = std::move(hdl);
    cache_registry::of(around_.system).add_place(path_, at);
    at->fill(actor_);
    around_.watch(actor_, run);
  }

  /// Has nobody find `at` any more.
  void forget(const place_ptr& at) {
    cache_registry::of(around_.system).remove_place(path_, at);
  }

  const surroundings& around_;
  const std::string path_;

private:
  void send_exit(caf::exit_reason reason) {
    // Once the system ends, an actor ends with the last reference to it.
    if (actor_ != nullptr && !cache_registry::of(around_.system).closed())
      caf::anon_send_exit(actor_, reason);
  }

  caf::strong_actor_ptr actor_;
};

class cache_process final : public process_base {
public:
  cache_process(const surroundings& around, const std::string& id,
                const cache_spec& spec)
    : process_base(around, id), spec_(spec) {
    // nop
  }

  child_kind kind() const noexcept override {
    return child_kind::cache;
  }

  caf::error start(uint64_t run) override {
    if (auto err = open(); !err.empty())
      return err;
    auto at = engine_->where();
    if (!at)
      return std::move(at.error());
    started(spawn_cache_actor(around_.system, engine_), *at, run);
    return {};
  }

  caf::error close() override {
    if (engine_ == nullptr)
      return {};
    auto closed = std::exchange(engine_, nullptr);
    if (auto at = closed->where())
      forget(*at);
    auto lost = closed->stop(); // which closes its place
    cache_registry::of(around_.system).remove(closed);
    return lost;
  }

private:
  caf::error open() {
    if (engine_ != nullptr)
      return engine_->recover();
    auto opened = start_engine(around_.system, spec_);
    if (!opened)
      return std::move(opened.error());
    engine_ = std::move(*opened);
    return {};
  }

  const cache_spec spec_;
  engine_ptr engine_;
};

/// An actor, or a supervisor, that some function makes.
class actor_process : public process_base {
public:
  actor_process(const surroundings& around, const std::string& id,
                actor_factory make)
    : process_base(around, id),
      make_(std::move(make)),
      id_(id),
      at_(
        std::make_shared<place>(around.system, fmt::format("child '{}'", id))) {
    // nop
  }

  child_kind kind() const noexcept override {
    return child_kind::actor;
  }

  caf::error start(uint64_t run) override {
    auto hdl = make();
    if (!hdl)
      return std::move(hdl.error());
    auto ptr = caf::actor_cast<caf::strong_actor_ptr>(*hdl);
    if (ptr == nullptr)
      return make_error(errc::child_failed,
                        fmt::format("child '{}': its factory returned no actor",
                                    id_));
    if (auto err = refuse_cycle(ptr); !err.empty())
      return err;
    started(std::move(ptr), at_, run);
    return {};
  }

  caf::error close() override {
    forget(at_);
    at_->close();
    return {};
  }

protected:
  virtual caf::expected<caf::actor> make() {
    if (!make_)
      return caf::actor{};
    return guarded([this] { return make_(around_.system); });
  }

private:
  caf::error refuse_cycle(const caf::strong_actor_ptr& hdl) const {
    auto above = std::find(around_.line.begin(), around_.line.end(),
                           hdl->address());
    if (above == around_.line.end())
      return {};
    return make_error(errc::invalid_argument,
                      fmt::format("child '{}': its factory returned {}, so "
                                  "that supervisors would form a cycle; "
                                  "accepted is an actor of its own",
                                  id_,
                                  above == around_.line.begin()
                                    ? "the child's own supervisor"
                                    : "a supervisor above the child's own"));
  }

  actor_factory make_;
  const std::string id_;
  const place_ptr at_;
};

class supervisor_process final : public actor_process {
public:
  supervisor_process(const surroundings& around, const std::string& id,
                     const supervisor_spec& spec)
    : actor_process(around, id, nullptr), spec_(spec) {
    spec_.options.name = id;
  }

  child_kind kind() const noexcept override {
    return child_kind::supervisor;
  }

private:
  caf::expected<caf::actor> make() override {
    auto hdl = spawn_supervisor(around_.system, spec_, around_.line, path_);
    if (!hdl)
      return std::move(hdl.error());
    return caf::actor_cast<caf::actor>(*hdl);
  }

  supervisor_spec spec_;
};

} // namespace

std::unique_ptr<process> make_process(const surroundings& around,
                                      const child_spec& spec) {
  if (const auto* cache = std::get_if<cache_spec>(&spec.what))
    return std::make_unique<cache_process>(around, spec.id, *cache);
  if (const auto* nested = std::get_if<supervisor_spec>(&spec.what))
    return std::make_unique<supervisor_process>(around, spec.id, *nested);
  return std::make_unique<actor_process>(around, spec.id,
                                         std::get<actor_factory>(spec.what));
}

} // namespace actor_cache::detail
