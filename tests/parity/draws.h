#pragma once
// Random cases for comparisons of roundings: scales whose quotients are exact, values on ties and
// one bit beside them, codes of both kinds.

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "tinytorch/core/rng.h"

namespace tinytorch::parity {

using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;

inline std::int64_t draw_between(std::int64_t least, std::int64_t most, Rng& rng) {
  return least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
}

// Half of them powers of two: with these, quotients and products are exact and ties are met.
inline float draw_scale(Rng& rng) {
  if (rng.below(2) == 0) return std::ldexp(1.0f, -static_cast<int>(rng.below(12)));
  return rng.uniform(0.001f, 1.0f);
}

inline Floats draw_scales(std::int64_t count, Rng& rng) {
  Floats scales(static_cast<std::size_t>(count));
  for (float& scale : scales) scale = draw_scale(rng);
  return scales;
}

// On a tie, one bit below it, one above it, or anywhere; some beyond all codes.
inline float draw_value(float scale, Rng& rng) {
  const float tie = (static_cast<float>(rng.below(640)) - 319.5f) * scale;
  const float far = std::numeric_limits<float>::max();
  switch (rng.below(4)) {
    case 0:
      return tie;
    case 1:
      return std::nextafter(tie, -far);
    case 2:
      return std::nextafter(tie, far);
    default:
      return rng.normal(0.0f, 100.0f * scale);
  }
}

inline Codes draw_codes(std::int64_t count, int least, int most, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(draw_between(least, most, rng));
  return codes;
}

inline std::int32_t draw_zero_point(Rng& rng) {
  return static_cast<std::int32_t>(draw_between(-128, 127, rng));
}

inline bool is_tie(float value) {
  return std::abs(value) < 0x1p22f && value - std::floor(value) == 0.5f;
}

// The scales of an integer layer: input, one per output channel (or one for all), output.
struct LayerScales {
  float input = 1.0f;
  Floats weight;
  float output = 1.0f;
};

// Sums of about `size` become codes that fill their range and sometimes leave it. Half of the
// draws are powers of two throughout, so that many products fall on ties.
inline LayerScales draw_layer_scales(std::int64_t channels, double size, Rng& rng) {
  const bool exact = rng.below(2) == 0;
  const auto draw = [&] {
    return exact ? std::ldexp(1.0f, -static_cast<int>(rng.below(3))) : rng.uniform(0.2f, 1.0f);
  };
  LayerScales scales{draw(), Floats(static_cast<std::size_t>(channels)), 1.0f};
  for (float& weight : scales.weight) weight = draw();
  const float wanted = scales.input * 0.5f * static_cast<float>(size / 60.0);
  scales.output = exact ? std::exp2(std::round(std::log2(wanted))) : wanted * draw() * 2.0f;
  return scales;
}

// Our int8 codes as ONNX's: unchanged, or as uint8, 128 higher.
template <typename Code>
Code as_code(std::int32_t code) {
  return static_cast<Code>(std::is_same_v<Code, std::uint8_t> ? code + 128 : code);
}
template <typename Code>
std::vector<Code> as_codes(const Codes& codes) {
  std::vector<Code> shifted;
  for (const std::int8_t code : codes) shifted.push_back(as_code<Code>(code));
  return shifted;
}

// The largest weight code for which ONNX Runtime's own uint8 x int8 products are exact: without
// VNNI instructions two of them share an int16 that saturates, and it asks for 7-bit weights.
inline int largest_safe_weight() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512vnni")) return 63;
#endif
  return 127;
}

}  // namespace tinytorch::parity
