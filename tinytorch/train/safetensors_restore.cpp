// Stored values as floats.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::train {
namespace {

// Stored value → float; false when there is none.
template <typename T>
bool integer(T value, float& to) {
  to = static_cast<float>(value);
  // 2^63 and 2^64 are floats, but beyond the types: converting them back is undefined.
  constexpr auto kBits = static_cast<int>(8 * sizeof(T));
  const float end = std::ldexp(1.0f, std::is_signed_v<T> ? kBits - 1 : kBits);
  return to < end && static_cast<T>(to) == value;
}

bool real(double value, float& to) {
  to = static_cast<float>(value);
  return std::isfinite(to) || !std::isfinite(value);
}

bool boolean(std::uint8_t value, float& to) {
  to = static_cast<float>(value);
  return value <= 1;
}

bool half(std::uint16_t value, float& to) {
  to = float_from_half(value);
  return true;
}

bool brain_half(std::uint16_t value, float& to) {
  to = std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
  return true;
}

// A sign, four bits of exponent with bias 7, three of mantissa. Infinity gave its place to more
// numbers: only the code of all ones is NaN.
bool e4m3(std::uint8_t value, float& to) {
  const int exponent = (value >> 3) & 0xF;
  const int mantissa = value & 0x7;
  const int whole = exponent > 0 ? mantissa + 8 : mantissa;
  const float size = std::ldexp(static_cast<float>(whole), std::max(exponent, 1) - 10);
  to = value < 0x80 ? size : -size;
  if ((value & 0x7F) == 0x7F) to = std::numeric_limits<float>::quiet_NaN();
  return true;
}

// The upper half of an F16.
bool e5m2(std::uint8_t value, float& to) {
  to = float_from_half(static_cast<std::uint16_t>(value << 8));
  return true;
}

// A power of two, which scales blocks of smaller types.
bool e8m0(std::uint8_t value, float& to) {
  to = value == 0xFF ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0f, value - 127);
  return true;
}

template <typename T>
Tensor converted(const StoredTensor& stored, bool (*convert)(T, float&), const char* expected) {
  Tensor tensor(stored.shape);
  const std::span<float> to = tensor.data();
  if (stored.bytes.size() != to.size() * sizeof(T)) {
    throw Error(concat("safetensors: ", stored.name, " of shape ", to_string(stored.shape), " has ",
                       stored.bytes.size(), " bytes; expected ", to.size() * sizeof(T)));
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    T value{};
    std::memcpy(&value, stored.bytes.data() + i * sizeof(T), sizeof(T));
    if (convert(value, to[i])) continue;
    throw Error(concat("safetensors: ", stored.name, " (", stored.dtype, ") holds ", +value,
                       " at place ", i, "; expected ", expected));
  }
  return tensor;
}

constexpr const char* kInteger = "an integer that a float can hold";

}  // namespace

Tensor restore(const StoredTensor& stored) {
  if (stored.dtype == "F32") {
    return converted<float>(
        stored,
        [](float value, float& to) {
          to = value;
          return true;
        },
        "");
  }
  if (stored.dtype == "F16") return converted<std::uint16_t>(stored, half, "");
  if (stored.dtype == "BF16") return converted<std::uint16_t>(stored, brain_half, "");
  if (stored.dtype == "F64") return converted<double>(stored, real, "the range of a float");
  if (stored.dtype == "F8_E4M3") return converted<std::uint8_t>(stored, e4m3, "");
  if (stored.dtype == "F8_E5M2") return converted<std::uint8_t>(stored, e5m2, "");
  if (stored.dtype == "F8_E8M0") return converted<std::uint8_t>(stored, e8m0, "");
  if (stored.dtype == "BOOL") return converted<std::uint8_t>(stored, boolean, "0 or 1");
  if (stored.dtype == "I8") return converted<std::int8_t>(stored, integer, kInteger);
  if (stored.dtype == "U8") return converted<std::uint8_t>(stored, integer, kInteger);
  if (stored.dtype == "I16") return converted<std::int16_t>(stored, integer, kInteger);
  if (stored.dtype == "U16") return converted<std::uint16_t>(stored, integer, kInteger);
  if (stored.dtype == "I32") return converted<std::int32_t>(stored, integer, kInteger);
  if (stored.dtype == "U32") return converted<std::uint32_t>(stored, integer, kInteger);
  if (stored.dtype == "I64") return converted<std::int64_t>(stored, integer, kInteger);
  if (stored.dtype == "U64") return converted<std::uint64_t>(stored, integer, kInteger);
  throw Error(concat("safetensors: ", stored.name, " has unknown dtype ", stored.dtype));
}

}  // namespace tinytorch::train
