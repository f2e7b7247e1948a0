#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/counting.hpp"

#include "../ets/options.hpp"
#include "../ets/spread_lock.hpp"
#include "../ets/table_adapter.hpp"
#include "counter_box.hpp"

namespace actor_cache {

namespace counter_store {

namespace {

/// Nodes hold integers in boxes that threads change while they share the lock.
struct boxed_integers {
  static version foreign_version(const ets_table::node& x) noexcept {
    const auto* box = counter_box::in(x.value());
    return box != nullptr ? x.version() + box->changes() : 0;
  }

  static entry read(const ets_table::node& x) {
    auto result = x.read();
    reveal(result);
    return result;
  }

  static void show(const ets_table::node& x, see_fn see) {
    see(read(x).stored());
  }

  static void reveal(entry& x) {
    if (const auto* box = counter_box::in(x.value)) {
      x.version += box->changes();
      x.value = box->read();
    }
  }

  static term keep(term value) {
    return counter_box::wrap(std::move(value));
  }
};

class counter_adapter final
  : public ets_table::table_adapter<ets_table::spread_lock, boxed_integers>,
    public counting {
public:
  explicit counter_adapter(size_t shards) : table_adapter(shards) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {"counter", road::direct};
  }

  void* find_capability(std::string_view name) noexcept override {
    if (name == counting::capability_name)
      return static_cast<counting*>(this);
    return table_adapter::find_capability(name);
  }

  caf::expected<std::optional<term>> count(std::string_view key,
                                           arithmetic_op op, const term& step,
                                           time_point now) override {
    using result = caf::expected<std::optional<term>>;
    return with_box(key, step, now, result{std::optional<term>{}},
                    [op](counter_box& box, wide by) -> result {
                      return box.count(op, by);
                    });
  }

  caf::expected<bool> count_blindly(std::string_view key, arithmetic_op op,
                                    const term& step, time_point now) override {
    using result = caf::expected<bool>;
    return with_box(key, step, now, result{false},
                    [op](counter_box& box, wide by) -> result {
                      return box.count_blindly(op, by);
                    });
  }

private:
  /// Calls `f` with the box of `key` and the step if both are of one type.
  template <class R, class F>
  R with_box(std::string_view key, const term& step, time_point now,
             R otherwise, F f) {
    auto [hash, home] = table_.locate(key);
    std::shared_lock guard{home.mtx};
    const auto* found = std::as_const(home).find(hash, key);
    if (found == nullptr || !found->fresh(now))
      return otherwise;
    auto* box = counter_box::in(found->value());
    if (box == nullptr || !box->kind.holds(step))
      return otherwise;
    auto by = box->kind.read(step);
    return by ? f(*box, *by) : otherwise;
  }
};

} // namespace

} // namespace counter_store

caf::error counter_options::validate() const {
  return ets_table::check_shards("counter_options", shards, write_concurrency);
}

adapter_ptr counter_options::make(const adapter_context&) const {
  return std::make_unique<counter_store::counter_adapter>(
    ets_table::shard_count(shards, write_concurrency));
}

counter_options counter_options::stand_in() const {
  return {.shards = 1};
}

} // namespace actor_cache
