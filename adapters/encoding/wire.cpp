#include "actor_cache/wire.hpp"

#include <cmath>

namespace actor_cache::wire {

namespace {

/// Says what an item is, for messages.
std::string describe(tag what) {
  switch (what) {
    case tag::no:
    case tag::yes:
      return "bool";
    case tag::i8:
      return "i8";
    case tag::i16:
      return "i16";
    case tag::i32:
      return "i32";
    case tag::i64:
      return "i64";
    case tag::u8:
      return "u8";
    case tag::u16:
      return "u16";
    case tag::u32:
      return "u32";
    case tag::u64:
      return "u64";
    case tag::f32:
      return "f32";
    case tag::f64:
      return "f64";
    case tag::extended:
      return "an extended float";
    case tag::text:
      return "a text";
    case tag::array:
      return "an array of numbers";
    case tag::bits:
      return "bits";
    case tag::sequence:
      return "a sequence";
    case tag::map:
      return "a map";
    case tag::tuple:
      return "a tuple";
    case tag::absent:
      return "an absent item";
    case tag::present:
      return "a present item";
    case tag::alternative:
      return "a variant";
    case tag::shared:
      return "a shared object";
    case tag::shared_again:
      return "a reference to a shared object";
    case tag::object:
      return "an object";
    case tag::object_end:
      return "the end of an object";
    default:
      break;
  }
  if (static_cast<uint8_t>(what) >= static_cast<uint8_t>(tag::field))
    return "a field";
  return "the unknown tag " + std::to_string(static_cast<int>(what));
}

/// What an extended float is, in the byte after its tag.
enum class extended_kind : uint8_t { finite, infinite, not_a_number };

constexpr auto two_to_64 = 18446744073709551616.0L;

} // namespace

// -- writer -------------------------------------------------------------------

void writer::extended(long double value) {
  put(tag::extended);
  auto kind = std::isnan(value)   ? extended_kind::not_a_number
              : std::isinf(value) ? extended_kind::infinite
                                  : extended_kind::finite;
  number(static_cast<uint8_t>(kind));
  boolean(std::signbit(value));
  if (kind != extended_kind::finite)
    return;
  auto exponent = 0;
  auto mantissa = std::frexp(std::fabs(value), &exponent) * two_to_64;
  auto high = std::floor(mantissa);
  number(static_cast<int32_t>(exponent));
  number(static_cast<uint64_t>(high));
  number(static_cast<uint64_t>((mantissa - high) * two_to_64));
}

bool writer::fail(const caf::error& reason) {
  return failed_
           ? false
           : fail(reason.empty() ? "no reason given" : message_of(reason));
}

bool writer::fail(std::string text) {
  if (!failed_) {
    failed_ = true;
    reason_ = std::move(text);
  }
  return false;
}

bool writer::fail_too_deep() {
  return fail("it is nested more than " + std::to_string(max_depth) + " deep");
}

caf::error writer::error() const {
  return make_error(errc::encoding_failed, reason_);
}

// -- reader -------------------------------------------------------------------

bool reader::extended(long double& value) {
  auto kind = uint8_t{};
  auto negative = false;
  if (!expect(tag::extended) || !number(kind) || !boolean(negative))
    return false;
  value = 0;
  if (kind == static_cast<uint8_t>(extended_kind::infinite)) {
    value = HUGE_VALL;
  } else if (kind == static_cast<uint8_t>(extended_kind::not_a_number)) {
    value = std::nanl("");
  } else if (kind == static_cast<uint8_t>(extended_kind::finite)) {
    int32_t exponent = 0;
    uint64_t high = 0;
    uint64_t low = 0;
    if (!number(exponent) || !number(high) || !number(low))
      return false;
    auto fraction = static_cast<long double>(low) / two_to_64;
    auto mantissa = (static_cast<long double>(high) + fraction) / two_to_64;
    value = std::ldexp(mantissa, exponent);
  } else {
    return fail(errc::corrupt_value, "an extended float of an unknown kind");
  }
  value = std::copysign(value, negative ? -1.0L : 1.0L);
  return true;
}

bool reader::bits(std::string_view& packed, size_t& count) {
  auto wide = uint64_t{0};
  if (!expect(tag::bits) || !varint(wide))
    return false;
  auto bytes = wide / 8 + (wide % 8 != 0 ? 1 : 0);
  if (bytes > remaining())
    return fail(errc::corrupt_value, "a count of " + std::to_string(wide)
                                       + " bits exceeds what is stored"
                                       + place());
  count = static_cast<size_t>(wide);
  packed = std::string_view{pos_, static_cast<size_t>(bytes)};
  pos_ += bytes;
  if (wide % 8 != 0 && static_cast<uint8_t>(packed.back()) >> wide % 8 != 0)
    return fail(errc::corrupt_value, "bits beyond their count" + place());
  return true;
}

bool reader::enter_tuple(size_t count) {
  size_t found = 0;
  if (!expect(tag::tuple) || !size(found, 1))
    return false;
  if (found != count)
    return fail(errc::type_mismatch, "expected " + std::to_string(count)
                                       + " items but found "
                                       + std::to_string(found) + place());
  return enter();
}

bool reader::enter_alternative(size_t& index, size_t alternatives) {
  auto wide = uint64_t{0};
  if (!expect(tag::alternative) || !varint(wide))
    return false;
  if (wide >= alternatives)
    return fail(errc::type_mismatch, "expected one of "
                                       + std::to_string(alternatives)
                                       + " alternatives but found number "
                                       + std::to_string(wide) + place());
  index = static_cast<size_t>(wide);
  return enter();
}

bool reader::finish() {
  if (failed())
    return false;
  return pos_ == end_
         || fail(errc::corrupt_value,
                 std::to_string(remaining()) + " bytes are left over");
}

bool reader::varint(uint64_t& value) {
  value = 0;
  for (auto shift = 0; shift < 64 && pos_ != end_; shift += 7) {
    auto byte = static_cast<uint8_t>(*pos_++);
    if (shift == 63 && byte > 1)
      break;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return true;
  }
  return fail(errc::corrupt_value, "a damaged count" + place());
}

bool reader::size(size_t& count, size_t width) {
  auto wide = uint64_t{0};
  if (!varint(wide))
    return false;
  if (wide > remaining() / width)
    return fail(errc::corrupt_value, "a count of " + std::to_string(wide)
                                       + " exceeds what is stored" + place());
  count = static_cast<size_t>(wide);
  return true;
}

bool reader::fail(const caf::error& reason) {
  if (failed())
    return false;
  auto mismatch = make_error(errc::type_mismatch, {});
  auto code = reason.compare(mismatch) == 0 ? errc::type_mismatch
                                            : errc::corrupt_value;
  return fail(code, reason.empty() ? "no reason given" : message_of(reason));
}

bool reader::fail(errc code, std::string text) {
  if (!failed()) {
    code_ = code;
    reason_ = std::move(text);
    pos_ = end_;
  }
  return false;
}

caf::error reader::error() const {
  return make_error(code_, reason_);
}

bool reader::fail_expect(tag wanted) {
  if (pos_ == end_)
    return fail_truncated(describe(wanted));
  return fail_found(static_cast<tag>(*pos_), describe(wanted));
}

bool reader::fail_found(tag found, std::string_view wanted) {
  return fail(errc::type_mismatch, "expected " + std::string{wanted}
                                     + " but found " + describe(found)
                                     + place());
}

bool reader::fail_field() {
  if (pos_ == end_)
    return fail_truncated("a field");
  if (auto found = static_cast<uint8_t>(*pos_);
      found < static_cast<uint8_t>(tag::field))
    return fail_found(static_cast<tag>(found), "a field");
  return fail(errc::type_mismatch, "found a field of another name" + place());
}

bool reader::fail_truncated(std::string_view wanted) {
  return fail(errc::corrupt_value, "the bytes end where " + std::string{wanted}
                                     + " should be" + place());
}

bool reader::fail_too_deep() {
  return fail(errc::corrupt_value,
              "it is nested more than " + std::to_string(max_depth) + " deep");
}

std::string reader::place() const {
  if (field_.empty())
    return {};
  return " (at or in field '" + std::string{field_} + "')";
}

} // namespace actor_cache::wire
