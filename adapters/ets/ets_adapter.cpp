#include "ets_adapter.hpp"

namespace actor_cache::ets_table {

ets_adapter::ets_adapter(size_t shards, rehydration file)
  : table_adapter(shards), file_(std::move(file)) {
  // nop
}

adapter_traits ets_adapter::traits() const noexcept {
  return {"ets", road::direct};
}

caf::error ets_adapter::start() {
  return file_.load(*this);
}

caf::error ets_adapter::stop() {
  return file_.save(*this);
}

void* ets_adapter::find_capability(std::string_view name) noexcept {
  if (name == ets_backend::capability_name)
    return static_cast<ets_backend*>(this);
  if (name == expiry_reports::capability_name)
    return static_cast<expiry_reports*>(this);
  return table_adapter::find_capability(name);
}

ets_details ets_adapter::details() const {
  return {ets_type::set, table_.shards(), false, file_.path()};
}

void ets_adapter::on_expired(expiry_listener listener) {
  table_.on_expired(std::move(listener));
}

} // namespace actor_cache::ets_table
