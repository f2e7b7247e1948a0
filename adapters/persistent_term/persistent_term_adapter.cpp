#include "actor_cache/adapters/persistent_term.hpp"

#include "../ets/spread_lock.hpp"
#include "../ets/table_adapter.hpp"
#include "spread_term.hpp"

namespace actor_cache {

namespace persistent_term_store {

namespace {

/// Nodes hold spread terms, callers get local copies.
struct spread_form {
  static version foreign_version(const ets_table::node&) noexcept {
    return 0;
  }

  static entry read(const ets_table::node& x) {
    return x.read_as(local_copy(x.value()));
  }

  static void show(const ets_table::node& x, see_fn see) {
    see(read(x).stored());
  }

  static void reveal(entry& x) {
    x.value = local_copy(x.value);
  }

  static term keep(term value) {
    return spread(std::move(value));
  }
};

/// One shard: as long as nobody writes, readers do not meet in it.
class persistent_term_adapter final
  : public ets_table::table_adapter<ets_table::spread_lock, spread_form> {
public:
  persistent_term_adapter() : table_adapter(1) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {"persistent_term", road::direct};
  }
};

} // namespace

} // namespace persistent_term_store

caf::error persistent_term_options::validate() const {
  return {};
}

adapter_ptr persistent_term_options::make(const adapter_context&) const {
  return std::make_unique<persistent_term_store::persistent_term_adapter>();
}

persistent_term_options persistent_term_options::stand_in() const {
  return *this;
}

} // namespace actor_cache
