#pragma once

#include "encoding_frames.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string_view>

/// Returns why `bytes` are no `V`, as far as the code goes.
template <class V>
actor_cache::errc refusal(std::string_view bytes) {
  using actor_cache::errc;
  auto value = actor_cache::decode<V>(bytes);
  if (value)
    return errc::none;
  INFO(actor_cache::message_of(value.error()));
  for (auto code : {errc::type_mismatch, errc::corrupt_value})
    if (value.error() == code)
      return code;
  FAIL("another error");
  return errc::none;
}
