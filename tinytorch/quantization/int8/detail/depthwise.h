#pragma once
// A depthwise convolution, line by line. Internal to QuantizedConv2d.
//
// The weights of one channel are few, so that vectors run over channels instead. The codes of four
// lines above each other are brought side by side, "quads": then one instruction multiplies four of
// them with four weights, for 4, 8 or 16 channels at a time, and whatever moves sideways is reused.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/extent.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

inline constexpr std::int64_t kDepthwiseLanes = 16;  // channels of a block

struct DepthwiseWeights {
  std::int64_t channels = 0;  // whole blocks of 16
  Extent2 kernel = 1;
  // [bands, kernel.width, channels, 4]: lines 4b … 4b + 3, 0 beyond
  std::vector<std::int8_t> quads;

  std::int64_t bands() const { return (kernel.height + 3) / 4; }
};

// weight [out, kernel.height, kernel.width].
DepthwiseWeights pack_depthwise(std::span<const std::int8_t> weight, std::int64_t out,
                                const Extent2& kernel);

// quads[4 · k + t] = rows[t · step + k] for k < line.
void interleave_lines(const std::uint8_t* rows, std::int64_t step, std::int64_t line,
                      std::uint8_t* quads);

// A line of output: sums[j, c] = bias[c] + Σ_b Σ_v Σ_t quads[b, j · step + v · tap, c, t] ·
// weight[b, v, c, t], with `step`, `tap` and `band` in bytes.
struct DepthwiseLine {
  const std::uint8_t* quads;  // int8, or for kAvx512Vnni int8 + 128
  std::int64_t band;
  std::int64_t step;
  std::int64_t tap;
  std::int64_t places;
  const DepthwiseWeights& weights;
  const std::int32_t* bias;  // [channels]
  std::int32_t* sums;        // [places, channels]
};

void depthwise_line(const DepthwiseLine& line, Isa isa);

}  // namespace tinytorch::quantization
