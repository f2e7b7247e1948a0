#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Decodes what `input` describes. Its first byte chooses a type, its second
/// what the rest is: 0 for an encoding, 1 for a compressed payload, all else
/// for a payload. Aborts where the decoder takes what cannot be encoded again.
void fuzz_decode(std::string_view input);

/// Returns inputs that decode: payloads of random values of each type.
std::vector<std::string> fuzz_seeds();
