#include "tinytorch/quantization/arithmetic/packing.h"

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

std::int64_t packed_bytes(std::int64_t count, int bits) { return (count * bits + 7) / 8; }

std::vector<std::uint8_t> pack_codes(std::span<const std::int8_t> codes, int bits) {
  require_width("packing", bits);
  const QRange range = full_range(bits);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(
      static_cast<std::size_t>(packed_bytes(static_cast<std::int64_t>(codes.size()), bits)));
  unsigned buffer = 0;
  int filled = 0;
  for (const std::int8_t code : codes) {
    if (code < range.qmin || code > range.qmax) {
      throw Error(concat("pack_codes: code ", int{code}, " does not fit in ", bits, " bits"));
    }
    buffer |= (static_cast<unsigned>(code) & ((1u << bits) - 1u)) << filled;
    filled += bits;
    while (filled >= 8) {
      bytes.push_back(static_cast<std::uint8_t>(buffer & 0xffu));
      buffer >>= 8;
      filled -= 8;
    }
  }
  if (filled > 0) bytes.push_back(static_cast<std::uint8_t>(buffer & 0xffu));
  return bytes;
}

std::vector<std::int8_t> unpack_codes(std::span<const std::uint8_t> bytes, std::int64_t count,
                                      int bits) {
  require_width("packing", bits);
  // Divided, not multiplied: a count out of a damaged file may overflow.
  if (count < 0 || count > static_cast<std::int64_t>(bytes.size()) * 8 / bits) {
    throw Error(concat("unpack_codes: ", bytes.size(), " bytes hold fewer than ", count,
                       " codes of ", bits, " bits"));
  }
  std::vector<std::int8_t> codes(static_cast<std::size_t>(count));
  unsigned buffer = 0;
  int available = 0;
  std::size_t next = 0;
  for (std::int8_t& code : codes) {
    if (available < bits) {
      buffer |= static_cast<unsigned>(bytes[next++]) << available;
      available += 8;
    }
    const auto low = static_cast<int>(buffer & ((1u << bits) - 1u));
    const int sign = 1 << (bits - 1);
    code = static_cast<std::int8_t>((low ^ sign) - sign);
    buffer >>= bits;
    available -= bits;
  }
  return codes;
}

}  // namespace tinytorch::quantization
