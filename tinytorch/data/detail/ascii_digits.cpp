#include "tinytorch/data/detail/ascii_digits.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tinytorch::data {
namespace {

// Where the ten digits of each script begin (category Nd of Unicode 14), ascending.
constexpr std::array<std::uint32_t, 65> kZeros{
    0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,  0x0C66,
    0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,  0x1810,
    0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,
    0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC,
    0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

// A sequence of UTF-8 that begins `text`: its code point and how many bytes it has. One byte where
// it is malformed.
struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;
};

CodePoint code_point(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t bytes = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) return {byte(0), 1};
  std::uint32_t value = byte(0) & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {byte(0), 1};
    value = value << 6 | (byte(i) & 0x3FU);
  }
  return {value, bytes};
}

// Beyond ASCII, whose own white space stays as it is.
bool is_space(std::uint32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace

std::string with_ascii_digits(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return std::string(text);
  std::string plain;
  while (!text.empty()) {
    const CodePoint at = code_point(text);
    const auto* above = std::upper_bound(kZeros.begin(), kZeros.end(), at.value);
    const bool digit = at.bytes > 1 && above != kZeros.begin() && at.value - above[-1] < 10;
    if (digit) {
      plain += static_cast<char>('0' + (at.value - above[-1]));
    } else if (at.bytes > 1 && is_space(at.value)) {
      plain += ' ';
    } else {
      plain += text.substr(0, at.bytes);
    }
    text.remove_prefix(at.bytes);
  }
  return plain;
}

}  // namespace tinytorch::data
