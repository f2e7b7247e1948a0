#pragma once

#include <cstdint>
#include <string_view>

namespace actor_cache::detail {

/// Returns the CRC-32C (Castagnoli) of `bytes`. It notices every error of up to
/// three bits in values of common sizes, and every burst of up to 32 bits.
/// @param seed the checksum of what comes before `bytes`
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0) noexcept;

/// The same, also where the processor has an instruction for it.
uint32_t portable_crc32c(std::string_view bytes, uint32_t seed = 0) noexcept;

} // namespace actor_cache::detail
