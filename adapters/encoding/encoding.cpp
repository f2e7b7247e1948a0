#include "actor_cache/encoding.hpp"

#include "frame.hpp"

#include <exception>
#include <new>

namespace actor_cache {

caf::error compression_options::validate() const {
  if (level >= 0 && level <= 9)
    return {};
  return make_error(errc::invalid_argument,
                    "compression_options::level is " + std::to_string(level)
                      + ": accepted are 0 (off) and 1 to 9 (on)");
}

uint64_t fingerprint_of(std::string_view bytes) noexcept {
  return detail::peek_fingerprint(bytes);
}

namespace detail {

namespace {

/// Runs `body`, which may call code of the user's, and returns why it failed,
/// which `stream` knows unless an exception came.
template <class Stream, class Body>
std::string run(Stream& stream, Body body) {
  try {
    if (body())
      return {};
  } catch (const serialize_stopped&) {
    // The stream knows.
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& e) {
    if (!stream.failed())
      return std::string{"an exception: "} + e.what();
  } catch (...) {
    if (!stream.failed())
      return "an exception";
  }
  return stream.failed() ? stream.reason() : "no reason given";
}

std::string describe(std::string_view what, encoding_type type,
                     const std::string& reason) {
  auto text = std::string{"cannot "};
  text += what;
  text += " a value of type ";
  text += type.name();
  text += ": ";
  text += reason;
  return text;
}

} // namespace

caf::expected<std::string>
encode_erased(encoding_type type, const compression_options& compression,
              bool (*save)(wire::writer&, const void*), const void* value) {
  if (auto err = compression.validate(); !err.empty())
    return err;
  auto out = wire::writer{header_size};
  auto result = std::string{};
  auto reason = run(out, [&] {
    if (!save(out, value))
      return false;
    result = seal(std::move(out).take(), type.fingerprint, compression);
    return true;
  });
  if (!reason.empty())
    return make_error(errc::encoding_failed, describe("encode", type, reason));
  return result;
}

caf::error decode_erased(encoding_type type, std::string_view bytes,
                         bool (*load)(wire::reader&, void*), void* result) {
  auto frame = opened{};
  auto unopened = wire::reader{{}};
  if (auto reason = run(unopened,
                        [&] {
                          frame = open(bytes);
                          return true;
                        });
      !reason.empty())
    return make_error(errc::corrupt_value, describe("decode", type, reason));
  if (frame.code != errc::none)
    return make_error(frame.code, describe("decode", type, frame.reason));
  if (frame.fingerprint != type.fingerprint)
    return make_error(errc::type_mismatch,
                      describe("decode", type,
                               "the bytes hold a value of another type"));
  auto payload = frame.storage.empty() ? frame.payload
                                       : std::string_view{frame.storage};
  auto in = wire::reader{payload};
  auto reason = run(in, [&] { return load(in, result) && in.finish(); });
  if (reason.empty())
    return {};
  return make_error(in.failed() ? in.code() : errc::corrupt_value,
                    describe("decode", type, reason));
}

} // namespace detail
} // namespace actor_cache
