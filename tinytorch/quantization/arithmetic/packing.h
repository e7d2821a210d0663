#pragma once
// Codes of fewer than 8 bits, stored without gaps. Given.

#include <cstdint>
#include <span>
#include <vector>

namespace tinytorch::quantization {

// The low `bits` bits of each code, one after the other, least significant first; the last byte is
// filled up with zeros: ceil(count · bits / 8) bytes. Throws Error on a code that does not fit in
// `bits` bits, or unless 2 <= bits <= 8.
std::vector<std::uint8_t> pack_codes(std::span<const std::int8_t> codes, int bits);

// The first `count` codes back, sign-extended. Throws Error when there are too few bytes.
std::vector<std::int8_t> unpack_codes(std::span<const std::uint8_t> bytes, std::int64_t count,
                                      int bits);

// ceil(count · bits / 8).
std::int64_t packed_bytes(std::int64_t count, int bits);

}  // namespace tinytorch::quantization
