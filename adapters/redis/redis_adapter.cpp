// The calls that every adapter answers. Those for many keys are in
// redis_bulk.cpp, writes on a condition in redis_conditional.cpp.

#include "redis_adapter.hpp"

#include "actor_cache/errc.hpp"

#include "envelope.hpp"
#include "redis_errors.hpp"
#include "replies.hpp"
#include "script.hpp"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <random>

namespace actor_cache {

adapter_ptr redis_options::make(const adapter_context& context) const {
  return std::make_unique<redis_wire::redis_adapter>(*this, context);
}

} // namespace actor_cache

namespace actor_cache::redis_wire {

namespace {

/// Writes the value, or removes the key without one, if nobody was faster.
const script& compare_and_swap() {
  static const script result{R"(
if redis.call('GETRANGE', KEYS[1], 0, 23) ~= ARGV[1] then
  return 0
end
if not ARGV[2] then
  redis.call('UNLINK', KEYS[1])
elseif ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
)"};
  return result;
}

uint64_t random_seed() {
  std::random_device source;
  return uint64_t{source()} << 32 | source();
}

/// Spreads consecutive numbers over all of 64 bits (splitmix64; Steele, Lea,
/// Flood: "Fast splittable pseudorandom number generators").
uint64_t mix(uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9;
  x ^= x >> 27;
  x *= 0x94D049BB133111EB;
  return x ^ x >> 31;
}

} // namespace

redis_adapter::redis_adapter(redis_options options,
                             const adapter_context& context)
  : options_(std::move(options)),
    prefix_((options_.key_prefix.empty() ? std::string{context.cache_name}
                                         : options_.key_prefix)
            + ":"),
    compression_(context.compression),
    clock_(context.clock),
    on_connection_(context.on_connection),
    executor_(options_),
    surface_(executor_, std::string_view{prefix_}.substr(0, prefix_.size() - 1),
             compression_),
    seed_(random_seed()) {
  // nop
}

adapter_traits redis_adapter::traits() const noexcept {
  return {.name = "redis",
          .road = road::direct,
          .may_wait = true,
          .suspends = true,
          .counts_slowly = true};
}

caf::error redis_adapter::start() {
  auto made = servers::make(options_, clock_, on_connection_);
  if (!made)
    return std::move(made.error());
  servers_ = std::move(*made);
  executor_.use(servers_.get());
  servers_->start();
  return {};
}

caf::error redis_adapter::stop() {
  servers_->stop();
  return {};
}

void* redis_adapter::find_capability(std::string_view name) noexcept {
  if (name == conditional::capability_name)
    return static_cast<conditional*>(this);
  if (name == connected::capability_name)
    return static_cast<connected*>(this);
  if (name == deferred_reads::capability_name)
    return static_cast<deferred_reads*>(this);
  return surface_.find(name);
}

connection_counts redis_adapter::connections() const {
  return servers_ != nullptr ? servers_->connections() : connection_counts{};
}

// -- entries as the server has them -------------------------------------------

std::string redis_adapter::full(std::string_view key) const {
  std::string result;
  result.reserve(prefix_.size() + key.size());
  result += prefix_;
  result += key;
  return result;
}

version redis_adapter::next_version() noexcept {
  // No two writers may come to the same number, and none may be 0.
  auto count = versions_.fetch_add(1, std::memory_order_relaxed) + 1;
  auto result = mix(seed_ + count * 0x9E3779B97F4A7C15);
  return result != 0 ? result : 1;
}

int64_t redis_adapter::on_server(time_point when, int64_t offset) {
  auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(
    when.time_since_epoch());
  return count.count() + offset;
}

caf::expected<redis_adapter::stored>
redis_adapter::seal(std::string_view key, const entry& what, time_point now,
                    real_time deadline) {
  auto payload = what.value.bytes(compression_);
  if (!payload)
    return std::move(payload.error());
  envelope head{.version = next_version(),
                .stale_ms = what.stale_for.count(),
                .payload = *payload};
  stored result{{}, std::nullopt, head.version};
  if (what.deadline != never) {
    auto offset = servers_->clock_offset(key, deadline);
    if (!offset)
      return std::move(offset.error());
    head.deadline = on_server(what.deadline, *offset);
    auto kept = what.kept_until();
    if (kept != never)
      result.lifetime = std::max<int64_t>(
        std::chrono::ceil<std::chrono::milliseconds>(kept - now).count(), 1);
  }
  result.bytes = seal_envelope(head);
  return result;
}

caf::expected<std::optional<entry>>
redis_adapter::open(std::string_view key, redis_reply reply, time_point now,
                    real_time deadline) {
  return open(std::move(reply), now,
              [&, this] { return servers_->clock_offset(key, deadline); });
}

caf::expected<std::optional<entry>>
redis_adapter::open(redis_reply reply, time_point now,
                    detail::function_ref<caf::expected<int64_t>()> offset_of) {
  if (reply.is_nil())
    return std::optional<entry>{};
  auto* bytes = reply.string();
  if (bytes == nullptr)
    return unexpected(reply);
  auto head = open_envelope(*bytes);
  if (!head)
    return std::move(head.error());
  entry result;
  result.version = head->version;
  result.stale_for = stale_window{head->stale_ms};
  if (head->deadline != envelope::never) {
    auto offset = offset_of();
    if (!offset)
      return std::move(offset.error());
    result.deadline = time_point{}
                      + std::chrono::nanoseconds{head->deadline - *offset};
  }
  if (!result.kept(now))
    return std::optional<entry>{};
  bytes->erase(0, envelope::header_size);
  result.value = term::from_bytes(std::move(*bytes));
  return std::optional<entry>{std::move(result)};
}

real_time redis_adapter::end_of_call() const {
  return deadline_of_call(real_clock::now(), options_.command_timeout);
}

// -- one key ------------------------------------------------------------------

caf::expected<std::optional<entry>> redis_adapter::get(std::string_view key,
                                                       time_point now) {
  auto deadline = end_of_call();
  auto name = full(key);
  auto reply = servers_->call(name, {"GET", name}, repeat::harmless, deadline);
  if (!reply)
    return std::move(reply.error());
  return open(name, std::move(*reply), now, deadline);
}

void redis_adapter::begin_get(reader whose) {
  auto name = full(whose.key());
  auto [link, owner] = servers_->likely_connection(name);
  if (link == nullptr) {
    whose.ask_again();
    return;
  }
  auto began = whose.began();
  auto deadline = std::min(whose.deadline(), began + options_.command_timeout);
  auto answered = [this, link = link, whose = std::move(whose)](
                    caf::expected<redis_reply> reply) mutable {
    // Connected by now, or there would be no reply.
    auto offset = [&]() -> caf::expected<int64_t> {
      return link->known_clock_offset().value_or(0);
    };
    if (reply && reply->error() == nullptr)
      whose.answer(open(std::move(*reply), whose.now(), offset));
    else if (!reply && reply.error() == errc::timeout)
      whose.answer(std::move(reply.error()));
    else
      whose.ask_again(); // it may be elsewhere, or come later
  };
  using request_type = deferred_request<decltype(answered)>;
  link->begin(make_request<request_type>(commands{"GET", name},
                                         repeat::harmless, began, deadline,
                                         std::move(answered)));
}

commands redis_adapter::set(const std::string& name, const stored& what) {
  if (what.lifetime)
    return {"SET", name, what.bytes, "PX", *what.lifetime};
  return {"SET", name, what.bytes};
}

caf::expected<version> redis_adapter::put(std::string_view key, entry next,
                                          time_point now) {
  auto deadline = end_of_call();
  auto name = full(key);
  auto what = seal(name, next, now, deadline);
  if (!what)
    return std::move(what.error());
  auto reply
    = answer(servers_->call(name, set(name, *what), repeat::never, deadline));
  if (!reply)
    return std::move(reply.error());
  return what->version;
}

caf::expected<bool> redis_adapter::erase(std::string_view key, time_point now) {
  auto deadline = end_of_call();
  auto name = full(key);
  commands both{"GETRANGE", name, 0, envelope::header_size - 1};
  both.add({"UNLINK", name});
  // Erased twice is erased: the answer may then say that there was nothing.
  auto reply = servers_->call(name, std::move(both), repeat::harmless,
                              deadline);
  if (!reply)
    return std::move(reply.error());
  auto& replies = *reply->items();
  auto count = integer_of(std::move(replies[1]));
  if (!count)
    return std::move(count.error());
  if (*count == 0)
    return false;
  // What was there may have been over already, or no entry of a put.
  auto found = open(name, std::move(replies[0]), now, deadline);
  return !found || found->has_value();
}

caf::expected<bool>
redis_adapter::swap(const std::string& key, std::string_view seen,
                    const stored* next, real_time deadline) {
  auto run = [&](std::initializer_list<argument> arguments) {
    return compare_and_swap().run(*servers_, key, arguments, deadline);
  };
  auto reply = integer_of(next == nullptr ? run({seen})
                          : next->lifetime
                            ? run({seen, next->bytes, *next->lifetime})
                            : run({seen, next->bytes}));
  if (!reply)
    return std::move(reply.error());
  return *reply == 1;
}

caf::expected<version> redis_adapter::update(std::string_view key,
                                             time_point now, decide_fn decide) {
  auto deadline = end_of_call();
  auto name = full(key);
  for (size_t late = 0;; ++late) {
    auto done = try_update(name, now, decide, deadline);
    if (done && *done)
      return **done;
    if (done ? real_clock::now() >= deadline
             : late > 0 && done.error() == errc::timeout)
      return overtaken(name, done ? late + 1 : late);
    if (!done)
      return std::move(done.error());
  }
}

caf::expected<std::optional<version>>
redis_adapter::try_update(const std::string& name, time_point now,
                          decide_fn decide, real_time deadline) {
  using result = std::optional<version>;
  auto reply = servers_->call(name, {"GET", name}, repeat::harmless, deadline);
  if (!reply)
    return std::move(reply.error());
  std::string seen;
  if (const auto* bytes = reply->string())
    seen = bytes->substr(0, envelope::header_size);
  auto current = open(name, std::move(*reply), now, deadline);
  if (!current)
    return std::move(current.error());
  auto next = decide(*current ? &**current : nullptr);
  if (next.what == change::kind::keep)
    return result{0};
  auto stores = next.what == change::kind::store;
  auto sealed = stores ? seal(name, next.next, now, deadline)
                       : caf::expected<stored>{stored{}};
  if (!sealed)
    return std::move(sealed.error());
  auto done = swap(name, seen, stores ? &*sealed : nullptr, deadline);
  if (!done)
    return std::move(done.error());
  return *done ? result{sealed->version} : result{};
}

} // namespace actor_cache::redis_wire
