#pragma once
// The vocabulary of affine quantization: which integers there are, and what one of them means.
// Given; every part of the quantization module speaks it.

#include <cstdint>
#include <string_view>

namespace tinytorch::quantization {

// The integers a code may take, both ends included. -128 <= qmin < qmax <= 127: codes are stored
// as std::int8_t whatever their width.
struct QRange {
  std::int32_t qmin = -128;
  std::int32_t qmax = 127;
  bool operator==(const QRange&) const = default;
};

[[noreturn]] void refuse_width(std::string_view operation, int bits, std::string_view what);

// Throws Error "QatNetwork: 9 weight bits; choose 2 to 8" unless 2 <= bits <= 8; `what` is
// "weight bits" there.
constexpr void require_width(std::string_view operation, int bits, std::string_view what = "bits") {
  if (bits < 2 || bits > 8) refuse_width(operation, bits, what);
}

// Every value of a b-bit two's-complement integer, for activations: 8 → [-128, 127], 4 → [-8, 7].
// Throws Error unless 2 <= bits <= 8.
constexpr QRange full_range(int bits) {
  require_width("full_range", bits);
  return {-(1 << (bits - 1)), (1 << (bits - 1)) - 1};
}

// The same without the lowest one, so that -x has a code wherever x has one, for weights:
// 8 → [-127, 127], 4 → [-7, 7]. Throws Error unless 2 <= bits <= 8.
constexpr QRange symmetric_range(int bits) {
  require_width("symmetric_range", bits);
  return {1 - (1 << (bits - 1)), (1 << (bits - 1)) - 1};
}

// real = (code - zero_point) · scale. `scale` is the size of one step, > 0; `zero_point` is the
// code that means exactly 0.0 and lies in the QRange.
struct QParams {
  float scale = 1.0f;
  std::int32_t zero_point = 0;
  bool operator==(const QParams&) const = default;
};

// An observed interval of real values, min <= max.
struct Range {
  float min = 0.0f;
  float max = 0.0f;
  bool operator==(const Range&) const = default;
};

// How int32 sums become codes. The dialects disagree by a code here and there, by design: compare
// codes of one only with codes of the same.
enum class Dialect {
  kOrt,     // a float32 multiplier, half to even: what ONNX Runtime computes
  kTflite,  // an integer multiplier and a shift, half away from zero: no float at run time
};

constexpr std::string_view name(Dialect dialect) {
  return dialect == Dialect::kOrt ? "ort" : "tflite";
}

// What a layer does to its outputs before they are stored. In integers it is nothing but a smaller
// range of codes: activation_range().
enum class Activation { kNone, kRelu, kRelu6 };

constexpr std::string_view name(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kRelu6:
      return "relu6";
  }
  return "unknown";
}

// How many weights share a scale: all of them, an output's row, or neighbours within a row.
enum class Granularity { kPerTensor, kPerChannel, kPerGroup };

constexpr std::string_view name(Granularity granularity) {
  switch (granularity) {
    case Granularity::kPerTensor:
      return "tensor";
    case Granularity::kPerChannel:
      return "channel";
    case Granularity::kPerGroup:
      return "group";
  }
  return "unknown";
}

// No scale is smaller: below the smallest normal float, x / scale loses its meaning.
inline constexpr float kMinScale = 0x1p-126f;

// Guards (see core/require.h): each throws Error naming `operation`, the condition and the value.
// Call them once per operation, not once per value.
//   require_scale:    the scale is positive and finite
//   require_codes:    -128 <= qmin <= qmax <= 127; an activation may leave a single code
//   require_qparams:  require_scale, and -128 <= zero_point <= 127
//   require_interval: min and max are finite and in order, and max - min does not overflow
void require_scale(std::string_view operation, float scale);
void require_codes(std::string_view operation, QRange range);
void require_qparams(std::string_view operation, QParams params);
void require_interval(std::string_view operation, float min, float max);

}  // namespace tinytorch::quantization
