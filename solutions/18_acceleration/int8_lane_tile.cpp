// Part 3 of module 18: the tile in int8.
#include "tinytorch/quantization/int8/int8_lane_tile.h"

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/acceleration/tile_walk.h"
#include "tinytorch/quantization/int8/int8_lanes.h"

namespace tinytorch::quantization {

// TASK 18.5
UnsignedRows to_unsigned(std::span<const std::int8_t> x, std::int64_t in) {
  // Zeros of the padded size first. x + 128 fits a byte: convert after adding.
  // Try it by hand first: {-128, -1, 0, 127} → {0, 127, 128, 255}.
  // BEGIN SOLUTION 18.5
  if (in < 1 || static_cast<std::int64_t>(x.size()) % in != 0) {
    throw Error(concat("to_unsigned: ", x.size(), " codes are not rows of ", in));
  }
  UnsignedRows out;
  out.rows = static_cast<std::int64_t>(x.size()) / in;
  out.stride = (in + kGroup - 1) / kGroup * kGroup;
  out.bytes.resize(static_cast<std::size_t>(out.rows * out.stride));
  for (std::int64_t r = 0; r < out.rows; ++r) {
    const std::int8_t* from = x.data() + r * in;
    std::uint8_t* to = out.bytes.data() + r * out.stride;
    for (std::int64_t k = 0; k < in; ++k) to[k] = static_cast<std::uint8_t>(from[k] + 128);
  }
  return out;
  // END SOLUTION 18.5
}

namespace {

struct Int8Tile {
  template <std::int64_t kRows, std::int64_t kVectors>
  static void run(const Int8Block& block, kernels::TileCorner corner) {
    // As in lane_tile.cpp: begin with block.start, walk the groups, store the columns that exist.
    // A group is kGroup bytes of x, broadcast by broadcast_four(), and kPanel · kGroup codes.
    // BEGIN SOLUTION 18.5
    const std::int64_t out = block.weight.out;
    const std::int64_t left = out - corner.column;
    const std::int64_t groups = block.weight.groups();
    IntLanes sums[kRows][kVectors];
    const std::int8_t* codes[kVectors];
#pragma GCC unroll 8
    for (std::int64_t v = 0; v < kVectors; ++v) {
      const std::int64_t column = corner.column + v * kLanes;
      const std::int64_t place = column / kPanel * groups * kPanel + column % kPanel;
      codes[v] = block.weight.codes.data() + place * kGroup;
      const IntLanes first = load_some(block.start.data() + column, left - v * kLanes);
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < kRows; ++r) sums[r][v] = first;
    }

    const std::uint8_t* x = block.x.bytes.data() + corner.row * block.x.stride;
    for (std::int64_t g = 0; g < groups; ++g) {
      IntLanes w[kVectors];
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kVectors; ++v) w[v] = load_bytes(codes[v] + g * kPanel * kGroup);
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < kRows; ++r) {
        const IntLanes four = broadcast_four(x + r * block.x.stride + g * kGroup);
#pragma GCC unroll 8
        for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] = dot4(sums[r][v], four, w[v]);
      }
    }

    std::int32_t* to = block.acc + corner.row * out + corner.column;
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kVectors; ++v) {
        store_some(to + r * out + v * kLanes, sums[r][v], left - v * kLanes);
      }
    }
    // END SOLUTION 18.5
  }
};

// All of the block's rows and outputs, in tiles.
[[maybe_unused]] void walk(const Int8Block& block) {
  kernels::walk_tiles<Int8Tile>(
      block, {block.x.rows, 0, block.weight.out, block.weight.groups() * kGroup});
}

}  // namespace

void int8_gemm_lanes(std::span<const std::int8_t> x, const PackedWeights& weight,
                     std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  // Check bias and acc against weight.out, and x's rows of weight.in; then the three steps of the
  // header. walk(block) covers everything with your tile.
  // BEGIN SOLUTION 18.5
  const std::int64_t rows = weight.in > 0 ? static_cast<std::int64_t>(x.size()) / weight.in : 0;
  const bool fits = weight.in > 0 && static_cast<std::int64_t>(x.size()) == rows * weight.in &&
                    static_cast<std::int64_t>(bias.size()) == weight.out &&
                    static_cast<std::int64_t>(acc.size()) == rows * weight.out;
  if (!fits) {
    throw Error(concat("int8_gemm_lanes: x of ", x.size(), ", weight ", weight.out, " x ",
                       weight.in, ", bias of ", bias.size(), " and acc of ", acc.size(),
                       " elements do not fit together"));
  }
  std::vector<std::int32_t> start(bias.begin(), bias.end());
  for (std::size_t o = 0; o < start.size(); ++o) start[o] -= 128 * weight.sums[o];
  const UnsignedRows input = to_unsigned(x, weight.in);
  walk({input, weight, start, acc.data()});
  // END SOLUTION 18.5
}

}  // namespace tinytorch::quantization
