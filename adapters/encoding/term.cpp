#include "actor_cache/term.hpp"

#include <fmt/format.h>

#include <mutex>

namespace actor_cache {

namespace detail {

namespace {

/// Encoded bytes, shared between the terms of one store, and what they decode
/// to once somebody asked.
struct bytes_box : term_box {
  explicit bytes_box(std::shared_ptr<const std::string> xs)
    : bytes(std::move(xs)) {
    // nop
  }

  std::shared_ptr<const std::string> bytes;
  std::mutex mtx;
  term decoded;
};

bytes_box& as_bytes(term_box* box) noexcept {
  return *static_cast<bytes_box*>(box);
}

const void* bytes_object(const term_box* box) noexcept {
  return static_cast<const bytes_box*>(box)->bytes.get();
}

void destroy_bytes(term_box* box) noexcept {
  delete static_cast<bytes_box*>(box);
}

caf::expected<std::string> copy_bytes(const void* object,
                                      const compression_options&) {
  return *static_cast<const std::string*>(object);
}

caf::expected<term> keep_bytes(std::string_view bytes) {
  return term::from_bytes(std::string{bytes});
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

} // namespace detail

term term::from_bytes(std::string bytes) {
  auto shared = std::make_shared<const std::string>(std::move(bytes));
  return term{&detail::encoded_type, new detail::bytes_box(std::move(shared))};
}

bool term::has_type(const detail::term_type& wanted) const noexcept {
  if (empty())
    return false;
  if (encoded())
    return fingerprint_of(*detail::as_bytes(box_).bytes) == wanted.fingerprint;
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
      auto value = wanted.decode(*box.bytes);
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

const std::string* term::unshared_bytes() const noexcept {
  if (box_->references.load(std::memory_order_acquire) != 1)
    return nullptr;
  auto& box = detail::as_bytes(box_);
  return box.decoded.empty() ? box.bytes.get() : nullptr;
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
  return term{&detail::encoded_type,
              new detail::bytes_box(detail::as_bytes(box_).bytes)};
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
    return *detail::as_bytes(box_).bytes == *detail::as_bytes(other.box_).bytes;
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
  return encoded() ? detail::as_bytes(box_).bytes->size() : type_->size;
}

std::string to_string(const term& x) {
  return fmt::format("term({}, {} bytes)", x.type_name(), x.footprint());
}

} // namespace actor_cache
