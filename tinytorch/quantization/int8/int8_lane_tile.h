#pragma once
// The SIMD rung in int8: the same tile, with four products in every lane.
// You write this part: int8_lane_tile.cpp (acceleration module).
//
// dot4() (int8_lanes.h) multiplies unsigned by signed bytes, and our input codes are signed. So
// each code x becomes the unsigned x + 128, the same byte with its highest bit flipped, and every
// sum comes out 128 · Σ_k w[o, k] too large. That much is taken off the bias beforehand, and the
// result is exact: integers do not round.
//
// The engine has it as Isa::kLaneTile (int8_gemm_simd.h): its choice where no kernel with a dot
// product is given for the machine, and everywhere with TINYTORCH_INT8_ISA=lane_tile.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization {

// Rows of input as dot4 wants them: unsigned, each padded to whole groups of four.
struct UnsignedRows {
  std::int64_t rows = 0;
  std::int64_t stride =
      0;  // bytes from one row to the next: in, rounded up to a multiple of kGroup
  std::vector<std::uint8_t> bytes;
};

// Task: bytes[r · stride + k] = x[r, k] + 128 for k < in, and 0 beyond (any byte would do: the
// packed weights are 0 there). A given line refuses codes that are not whole rows of `in`.
UnsignedRows to_unsigned(std::span<const std::int8_t> x, std::int64_t in);

// What the tiles read and write.
struct Int8Block {
  const UnsignedRows& x;
  const PackedWeights& weight;
  std::span<const std::int32_t> start;  // [out]: where each sum begins
  std::int32_t* acc;                    // [x.rows, out]
};

// Task: acc[n, o] = bias[o] + Σ_k x[n, k] · weight[o, k], what linear_int32 computes, exactly:
// to_unsigned, start[o] = bias[o] − 128 · weight.sums[o], and your tile for all of it, by
// walk_tiles() as in lane_tile.h. A panel of weights holds kPanel outputs, group after group of
// kGroup inputs; register v of a tile, group g, is loaded from
//     weight.codes + ((column / kPanel · groups + g) · kPanel + column % kPanel) · kGroup
// with column = corner.column + v · kLanes. A given line refuses sizes that do not fit.
void int8_gemm_lanes(std::span<const std::int8_t> x, const PackedWeights& weight,
                     std::span<const std::int32_t> bias, std::span<std::int32_t> acc);

}  // namespace tinytorch::quantization
