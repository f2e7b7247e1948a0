#include "encoded_adapter.hpp"

#include "expiry_reports.hpp"

namespace actor_cache::ets_table {

namespace {

void detach(entry& x) {
  x.value = x.value.detached();
}

template <class T>
caf::expected<T> detached(caf::expected<T> found) {
  if (found)
    for (auto& x : *found)
      detach(x);
  return found;
}

caf::expected<scan_page> detached(caf::expected<scan_page> found) {
  if (found)
    for (auto& [key, content] : found->entries)
      detach(content);
  return found;
}

} // namespace

encoded_adapter::encoded_adapter(adapter_ptr table,
                                 const compression_options& compression)
  : table_(std::move(table)),
    order_(*table_->capability<ordered>()),
    bag_(table_->capability<multi_valued>()),
    compression_(compression) {
  // nop
}

adapter_traits encoded_adapter::traits() const noexcept {
  return table_->traits();
}

caf::error encoded_adapter::start() {
  return table_->start();
}

caf::error encoded_adapter::stop() {
  return table_->stop();
}

caf::expected<term> encoded_adapter::encoded(const term& value) const {
  if (value.encoded())
    return value.detached();
  auto bytes = value.bytes(compression_);
  if (!bytes)
    return std::move(bytes.error());
  return term::from_bytes(std::move(*bytes));
}

caf::expected<std::optional<entry>> encoded_adapter::get(std::string_view key,
                                                         time_point now) {
  auto found = table_->get(key, now);
  if (found && *found)
    detach(**found);
  return found;
}

caf::expected<version> encoded_adapter::put(std::string_view key, entry next,
                                            time_point now) {
  auto value = encoded(next.value);
  if (!value)
    return std::move(value.error());
  next.value = std::move(*value);
  return table_->put(key, std::move(next), now);
}

caf::expected<bool> encoded_adapter::erase(std::string_view key,
                                           time_point now) {
  return table_->erase(key, now);
}

caf::expected<version> encoded_adapter::update(std::string_view key,
                                               time_point now,
                                               decide_fn decide) {
  // Decides and encodes without a lock, then writes if nobody was faster.
  for (;;) {
    auto seen = get(key, now);
    if (!seen)
      return std::move(seen.error());
    auto next = decide(*seen ? &**seen : nullptr);
    if (next.what == change::kind::keep)
      return version{0};
    if (next.what == change::kind::store) {
      auto value = encoded(next.next.value);
      if (!value)
        return std::move(value.error());
      next.next.value = std::move(*value);
    }
    auto expected = *seen ? (*seen)->version : 0;
    auto conflict = false;
    auto done = table_->update(key, now, [&](const entry* current) {
      conflict = (current != nullptr ? current->version : 0) != expected;
      return conflict ? change::keep() : next;
    });
    if (!conflict)
      return done;
  }
}

caf::expected<size_t> encoded_adapter::size(time_point now) {
  return table_->size(now);
}

caf::error encoded_adapter::clear() {
  return table_->clear();
}

caf::expected<scan_page> encoded_adapter::scan(std::string_view cursor,
                                               size_t limit, time_point now) {
  return detached(table_->scan(cursor, limit, now));
}

size_t encoded_adapter::sweep(time_point now) {
  return table_->sweep(now);
}

bool encoded_adapter::sweep_pending() const noexcept {
  return table_->sweep_pending();
}

size_t encoded_adapter::bytes() const noexcept {
  return table_->bytes();
}

removals encoded_adapter::removed() const noexcept {
  return table_->removed();
}

void* encoded_adapter::find_capability(std::string_view name) noexcept {
  if (name == ordered::capability_name)
    return static_cast<ordered*>(this);
  if (name == multi_valued::capability_name && bag_ != nullptr)
    return static_cast<multi_valued*>(this);
  if (name == ets_backend::capability_name)
    return static_cast<ets_backend*>(this);
  if (name == expiry_reports::capability_name)
    return table_->find_capability(name);
  return nullptr;
}

caf::expected<std::optional<std::string>>
encoded_adapter::neighbour(std::optional<std::string_view> key, direction way,
                           time_point now) {
  return order_.neighbour(key, way, now);
}

caf::expected<scan_page> encoded_adapter::scan_back(std::string_view cursor,
                                                    size_t limit,
                                                    time_point now) {
  return detached(order_.scan_back(cursor, limit, now));
}

caf::expected<std::vector<entry>> encoded_adapter::lookup(std::string_view key,
                                                          time_point now) {
  return detached(bag_->lookup(key, now));
}

caf::expected<std::vector<entry>>
encoded_adapter::take_all(std::string_view key, time_point now) {
  return detached(bag_->take_all(key, now));
}

caf::expected<bool> encoded_adapter::erase_object(std::string_view key,
                                                  version which,
                                                  time_point now) {
  return bag_->erase_object(key, which, now);
}

caf::expected<bool> encoded_adapter::replace_object(std::string_view key,
                                                    version which, term next,
                                                    time_point now) {
  auto value = encoded(next);
  if (!value)
    return std::move(value.error());
  return bag_->replace_object(key, which, std::move(*value), now);
}

ets_details encoded_adapter::details() const {
  auto result = table_->capability<ets_backend>()->details();
  result.compressed = true;
  return result;
}

} // namespace actor_cache::ets_table
