#pragma once
// What an int8 layer would have computed on a processor without a dot-product instruction. Given.
//
// The older way to multiply bytes, x86's pmaddubsw, multiplies unsigned inputs by signed weights
// and adds each two neighbouring products **in 16 bits, saturating**:
//
//     pair = clamp(u₀·w₀ + u₁·w₁, −32768, 32767)        u = x + 128
//
// 255 · 127 + 255 · 127 = 64770 becomes 32767, and nobody is told. A runtime that uses it gives
// other answers on an old machine than on a new one (ONNX Runtime's u8·s8 on AVX2 does; the kernels
// of this library never do). The emulation runs anywhere, so the damage can be seen anywhere.
//
// The remedy is known as reduce_range: one bit less for the weights. 2 · 255 · 64 = 32640 fits.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Weight codes that never saturate a pair, whatever the inputs; ±65 can.
constexpr QRange reduced_range() { return {-64, 64}; }

struct SaturationCount {
  std::int64_t pairs = 0;      // of products added in 16 bits
  std::int64_t saturated = 0;  // of these, clamped
};

// acc[n, o] = bias[o] + Σ over pairs of pair(x[n, 2j], x[n, 2j+1]) − 128 · Σ_k weight[o, k]
// x [n, in] · weight [out, in] · bias [out] · acc [n, out]; an odd last input is paired with 0.
// Where nothing saturates, exactly linear_int32's sums. Throws Error when sizes do not fit or in >
// kMaxInputFeatures (integer_linear.h); a bias has at most kMaxBiasCode steps.
SaturationCount saturating_linear_int32(std::span<const std::int8_t> x,
                                        std::span<const std::int8_t> weight,
                                        std::span<const std::int32_t> bias,
                                        std::span<std::int32_t> acc);

}  // namespace tinytorch::quantization
