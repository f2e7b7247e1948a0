#include "actor_cache/term.hpp"

#include "../pool_memory.hpp"
#include "term_parts.hpp"

#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <new>

namespace actor_cache {

namespace detail {

namespace {

/// Bytes up to this size lie in the box, where a copy of them costs less than
/// another block of memory; more are shared between the terms of one store.
constexpr size_t most_own = 512;

/// Encoded bytes, and what they decode to once somebody asked. A thread that
/// reads from a server or a file makes them, and the one that asked frees them.
struct bytes_box : term_box {
  std::string_view bytes;
  std::shared_ptr<const std::string> shared; // where they are many
  std::mutex mtx;
  term decoded;
};

bytes_box& as_bytes(term_box* box) noexcept {
  return *static_cast<bytes_box*>(box);
}

bytes_box* box_with(std::string_view own_bytes) {
  auto* memory = pool_allocate(sizeof(bytes_box) + own_bytes.size());
  auto* result = new (memory) bytes_box;
  auto* own = static_cast<char*>(memory) + sizeof(bytes_box);
  if (!own_bytes.empty())
    std::memcpy(own, own_bytes.data(), own_bytes.size());
  result->bytes = {own, own_bytes.size()};
  return result;
}

bytes_box* box_with(std::shared_ptr<const std::string> many) {
  auto* result = new (pool_allocate(sizeof(bytes_box))) bytes_box;
  result->bytes = *many;
  result->shared = std::move(many);
  return result;
}

const void* bytes_object(const term_box* box) noexcept {
  return &static_cast<const bytes_box*>(box)->bytes;
}

void destroy_bytes(term_box* box) noexcept {
  as_bytes(box).~bytes_box();
  pool_deallocate(box);
}

caf::expected<std::string> copy_bytes(const void* object,
                                      const compression_options&) {
  return std::string{*static_cast<const std::string_view*>(object)};
}

caf::expected<term> keep_bytes(std::string_view bytes) {
  return term_parts::of_bytes(bytes);
}

} // namespace

const term_type encoded_type{
  .fingerprint = 0,
  .name = [] { return std::string_view{"encoded bytes"}; },
  .size = 0,
  .inlined = false,
  .rtti = &typeid(bytes_box),
  .object = bytes_object,
  .destroy = destroy_bytes,
  .encode = copy_bytes,
  .decode = keep_bytes,
};

term term_parts::of_bytes(std::string_view bytes) {
  if (bytes.size() > most_own)
    return term::from_bytes(std::string{bytes});
  return term{&encoded_type, box_with(bytes)};
}

} // namespace detail

term term::from_bytes(std::string bytes) {
  if (bytes.size() <= detail::most_own)
    return detail::term_parts::of_bytes(bytes);
  auto many = std::make_shared<const std::string>(std::move(bytes));
  return term{&detail::encoded_type, detail::box_with(std::move(many))};
}

bool term::has_type(const detail::term_type& wanted) const noexcept {
  if (empty())
    return false;
  if (encoded())
    return fingerprint_of(detail::as_bytes(box_).bytes) == wanted.fingerprint;
  return *type_->rtti == *wanted.rtti;
}

caf::expected<term> term::live(const detail::term_type& wanted) const {
  if (empty())
    return make_error(errc::type_mismatch,
                      fmt::format("asked an empty term for a value of type {}",
                                  wanted.name()));
  if (encoded()) {
    auto& box = detail::as_bytes(box_);
    std::lock_guard guard{box.mtx};
    if (box.decoded.empty()) {
      auto value = wanted.decode(box.bytes);
      if (!value)
        return value;
      box.decoded = std::move(*value);
    }
    return box.decoded.live(wanted);
  }
  if (type_ == &wanted || *type_->rtti == *wanted.rtti)
    return *this;
  if (type_->fingerprint == wanted.fingerprint) {
    // Two types of one encoding, like `long` and `long long`.
    auto encoded = bytes();
    return encoded ? wanted.decode(*encoded) : std::move(encoded.error());
  }
  return make_error(errc::type_mismatch,
                    fmt::format("the stored value is of type {}, not {}; read "
                                "it as the type it was stored with",
                                type_->name(), wanted.name()));
}

const std::string_view* term::unshared_bytes() const noexcept {
  if (box_->references.load(std::memory_order_acquire) != 1)
    return nullptr;
  auto& box = detail::as_bytes(box_);
  return box.decoded.empty() ? &box.bytes : nullptr;
}

caf::expected<std::string>
term::bytes(const compression_options& compression) const {
  if (empty())
    return std::string{};
  return type_->encode(object(), compression);
}

term term::detached() const {
  if (!encoded())
    return *this;
  const auto& box = detail::as_bytes(box_);
  return term{&detail::encoded_type, box.shared != nullptr
                                       ? detail::box_with(box.shared)
                                       : detail::box_with(box.bytes)};
}

bool term::equals(const term& other) const {
  if (empty() || other.empty())
    return empty() == other.empty();
  if (encoded())
    return other.encoded() ? same_bytes(other) : other.equals(*this);
  auto theirs = other.detached().live(*type_);
  if (!theirs || *theirs->type_->rtti != *type_->rtti)
    return false;
  return type_->equal != nullptr ? type_->equal(object(), theirs->object())
                                 : same_bytes(*theirs);
}

bool term::same_bytes(const term& other) const {
  if (encoded() && other.encoded())
    return detail::as_bytes(box_).bytes == detail::as_bytes(other.box_).bytes;
  auto mine = bytes();
  auto theirs = other.bytes();
  return mine && theirs && *mine == *theirs;
}

std::string_view term::type_name() const noexcept {
  return empty() ? std::string_view{"nothing"} : type_->name();
}

size_t term::footprint() const noexcept {
  if (empty())
    return 0;
  return encoded() ? detail::as_bytes(box_).bytes.size() : type_->size;
}

std::string to_string(const term& x) {
  return fmt::format("term({}, {} bytes)", x.type_name(), x.footprint());
}

} // namespace actor_cache
