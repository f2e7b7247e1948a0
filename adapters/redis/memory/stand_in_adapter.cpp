#include "actor_cache/adapters/redis_stand_in.hpp"

#include "actor_cache/errc.hpp"
#include "actor_cache/imaging.hpp"

#include "../../encoding/term_parts.hpp"
#include "../envelope.hpp"
#include "../redis_errors.hpp"
#include "../redis_surface.hpp"
#include "../replies.hpp"
#include "command_table.hpp"
#include "interpreter.hpp"
#include "keyspace.hpp"

#include <fmt/format.h>

#include <charconv>
#include <mutex>

namespace actor_cache {

namespace {

using redis_wire::envelope;
using redis_wire::redis_slot;

/// The clock of this server is the cache's.
int64_t ticks_of(time_point x) {
  return x == never ? envelope::never : timespan{x.time_since_epoch()}.count();
}

time_point time_of(int64_t ticks) {
  return ticks == envelope::never ? never : time_point{timespan{ticks}};
}

caf::error wrong_type() {
  return redis_wire::to_error(*redis_wire::wrong_type().error());
}

/// All keys of a stand-in, whatever they hold.
class stand_in_image final : public store_image {
public:
  stand_in_image(const redis_wire::keyspace& content, version last_version)
    : content(content), last_version(last_version) {
    // nop
  }

  std::vector<std::string> keys() const override {
    return content.keys();
  }

  const redis_wire::keyspace content;
  const version last_version;
};

class stand_in_adapter final : public adapter,
                               private imaging,
                               private redis_wire::redis_executor {
public:
  stand_in_adapter(std::string_view prefix, const adapter_context& context)
    : prefix_(std::string{prefix} + ":"),
      compression_(context.compression),
      surface_(*this, prefix, context.compression) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {"redis", road::direct};
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    std::lock_guard guard{mtx_};
    return find(full(key), now);
  }

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override {
    auto bytes = next.value.bytes(compression_);
    if (!bytes)
      return std::move(bytes.error());
    auto name = full(key);
    std::lock_guard guard{mtx_};
    set_time(now);
    if (auto* slot = keys_.find(name))
      ++(fresh(*slot, now) ? removed_.replaced : removed_.expired);
    return store(name, next, *bytes);
  }

  caf::expected<bool> erase(std::string_view key, time_point now) override {
    std::lock_guard guard{mtx_};
    set_time(now);
    return keys_.erase(full(key));
  }

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override {
    auto name = full(key);
    std::lock_guard guard{mtx_};
    auto current = find(name, now);
    if (!current)
      return std::move(current.error());
    auto next = decide(*current ? &**current : nullptr);
    if (next.what == change::kind::erase)
      keys_.erase(name);
    if (next.what != change::kind::store)
      return version{0};
    auto bytes = next.next.value.bytes(compression_);
    if (!bytes)
      return std::move(bytes.error());
    return store(name, next.next, *bytes);
  }

  caf::expected<size_t> size(time_point) override {
    std::lock_guard guard{mtx_};
    return own_keys().size();
  }

  caf::error clear() override {
    std::lock_guard guard{mtx_};
    for (const auto& key : own_keys())
      keys_.erase(key);
    return {};
  }

  /// Passes over what is no entry: hashes, sets, lists, documents.
  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override {
    auto from = read_cursor(cursor);
    if (!from)
      return std::move(from.error());
    std::lock_guard guard{mtx_};
    set_time(now);
    std::vector<std::string> found;
    auto next
      = keys_.scan(*from, limit, [&](const std::string& key, auto& slot) {
          const auto* text = std::get_if<redis_wire::redis_string>(&slot.value);
          if (key.starts_with(prefix_) && text != nullptr
              && redis_wire::is_envelope(*text))
            found.push_back(key);
        });
    scan_page result;
    for (const auto& key : found) {
      auto content = find(key, now);
      if (!content)
        return named(std::move(content.error()), key);
      if (*content)
        result.entries.emplace_back(key.substr(prefix_.size()),
                                    std::move(**content));
    }
    if (next != 0)
      result.cursor = std::to_string(next);
    return result;
  }

  size_t sweep(time_point now) override {
    std::lock_guard guard{mtx_};
    set_time(now);
    removed_.expired += keys_.sweep();
    return 0; // `removed` has counted
  }

  bool sweep_pending() const noexcept override {
    std::lock_guard guard{mtx_};
    return keys_.overdue();
  }

  removals removed() const noexcept override {
    std::lock_guard guard{mtx_};
    auto result = removed_;
    result.expired += keys_.expired_keys();
    return result;
  }

  size_t bytes() const noexcept override {
    std::lock_guard guard{mtx_};
    return keys_.bytes();
  }

  void* find_capability(std::string_view name) noexcept override {
    if (name == imaging::capability_name)
      return static_cast<imaging*>(this);
    return surface_.find(name);
  }

private:
  store_image_ptr image(time_point now) override {
    std::lock_guard guard{mtx_};
    set_time(now);
    return std::make_shared<stand_in_image>(keys_, last_version_);
  }

  caf::error restore(const store_image& from, time_point now) override {
    const auto* all = dynamic_cast<const stand_in_image*>(&from);
    if (all == nullptr)
      return make_error(errc::invalid_argument,
                        "what is to be restored is no image of a Redis cache; "
                        "accepted is a snapshot of a cache with this adapter");
    std::lock_guard guard{mtx_};
    keys_ = all->content;
    last_version_ = all->last_version;
    set_time(now);
    return {};
  }

  caf::expected<std::vector<redis_reply>>
  execute(std::vector<redis_command> commands, time_point now) override {
    std::lock_guard guard{mtx_};
    set_time(now);
    std::vector<redis_reply> result;
    result.reserve(commands.size());
    for (const auto& x : commands)
      result.push_back(redis_wire::run_command(keys_, x));
    return result;
  }

  caf::expected<std::vector<redis_reply>>
  execute_as_one(std::vector<redis_command> commands, time_point now) override {
    for (const auto& x : commands)
      if (auto wrong = redis_wire::check_command(x))
        return make_error(
          redis_wire::to_error(*wrong) == errc::not_supported
            ? errc::not_supported
            : errc::invalid_argument,
          fmt::format("Redis answered: EXECABORT Transaction discarded because "
                      "of previous errors. ({})",
                      wrong->message));
    return execute(std::move(commands), now);
  }

  caf::expected<std::vector<redis_reply>>
  set_hashes(std::vector<redis_command> sets, std::optional<int64_t> lifetime,
             time_point now) override {
    std::lock_guard guard{mtx_};
    set_time(now);
    std::vector<redis_reply> result;
    for (const auto& x : sets) {
      result.push_back(redis_wire::run_command(keys_, x));
      if (result.back().error() != nullptr)
        continue;
      redis_command limit{"PERSIST", x[1]};
      if (lifetime)
        limit = {"PEXPIRE", x[1], std::to_string(*lifetime)};
      redis_wire::run_command(keys_, limit);
    }
    return result;
  }

  std::string full(std::string_view key) const {
    return prefix_ + std::string{key};
  }

  /// Sets the time for what comes; needs the lock, as all below do.
  void set_time(time_point now) {
    keys_.set_time(
      std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch())
        .count());
  }

  static bool fresh(const redis_slot& slot, time_point now) {
    const auto* bytes = std::get_if<redis_wire::redis_string>(&slot.value);
    auto opened = redis_wire::open_envelope(bytes != nullptr ? *bytes : "");
    return !opened || now < time_of(opened->deadline);
  }

  caf::expected<std::optional<entry>> find(const std::string& name,
                                           time_point now) {
    set_time(now);
    auto found = keys_.find_as<redis_wire::redis_string>(name);
    if (found.wrong_type)
      return wrong_type();
    if (found.value == nullptr)
      return std::optional<entry>{};
    auto opened = redis_wire::open_envelope(*found.value);
    if (!opened)
      return std::move(opened.error());
    entry result{detail::term_parts::of_bytes(opened->payload),
                 time_of(opened->deadline), stale_window{opened->stale_ms},
                 opened->version};
    if (!result.kept(now))
      return std::optional<entry>{};
    return std::optional{std::move(result)};
  }

  version store(const std::string& name, const entry& next,
                const std::string& payload) {
    keys_.open(name).value
      = redis_wire::seal_envelope({++last_version_, ticks_of(next.deadline),
                                   next.stale_for.count(), payload});
    std::optional<int64_t> last;
    if (auto end = next.kept_until(); end != never)
      last = redis_wire::to_milliseconds(end.time_since_epoch()) - 1;
    keys_.expire_at(name, last);
    return last_version_;
  }

  std::vector<std::string> own_keys() {
    std::vector<std::string> result;
    keys_.for_each_kept_or_not([&](const std::string& key) {
      if (key.starts_with(prefix_))
        result.push_back(key);
    });
    return result;
  }

  static caf::expected<uint64_t> read_cursor(std::string_view cursor) {
    uint64_t result = 0;
    if (cursor.empty())
      return result;
    const auto* end = cursor.data() + cursor.size();
    auto [ptr, ec] = std::from_chars(cursor.data(), end, result);
    if (ec == std::errc{} && ptr == end && result != 0)
      return result;
    return make_error(errc::invalid_argument,
                      fmt::format("'{}' is no cursor of this cache; accepted "
                                  "is the cursor of its last page, or an empty "
                                  "one",
                                  cursor));
  }

  static caf::error named(const caf::error& err, const std::string& key) {
    return make_error(static_cast<errc>(err.code()),
                      fmt::format("key '{}': {}", key, message_of(err)));
  }

  const std::string prefix_;
  const compression_options compression_;
  redis_wire::redis_surface surface_;
  mutable std::mutex mtx_;
  mutable redis_wire::keyspace keys_;
  version last_version_ = 0;
  removals removed_;
};

} // namespace

caf::error redis_stand_in_options::validate() const {
  return {};
}

adapter_ptr redis_stand_in_options::make(const adapter_context& context) const {
  return std::make_unique<stand_in_adapter>(key_prefix.empty()
                                              ? context.cache_name
                                              : std::string_view{key_prefix},
                                            context);
}

} // namespace actor_cache
