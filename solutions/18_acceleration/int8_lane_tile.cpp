// Part 3 of module 18: the tile in int8.
#include "tinytorch/quantization/int8/int8_lane_tile.h"

#include "tinytorch/kernels/acceleration/tile_walk.h"
#include "tinytorch/quantization/int8/int8_guards.h"
#include "tinytorch/quantization/int8/int8_lanes.h"

namespace tinytorch::quantization {

// TASK 18.5
UnsignedRows to_unsigned(std::span<const std::int8_t> x, std::int64_t in) {
  require_whole_code_rows("to_unsigned", x.size(), in);
  // Zeros of the padded size first. x + 128 fits a byte: convert after adding.
  // Try it by hand first: {-128, -1, 0, 127} → {0, 127, 128, 255}.
  // BEGIN SOLUTION 18.5
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

// Given: the tile's sums to the columns that exist.
template <std::int64_t kRows, std::int64_t kVectors>
[[maybe_unused, gnu::always_inline]] inline void put_tile(IntLanes (&sums)[kRows][kVectors],
                                                          std::int32_t* to, std::int64_t out,
                                                          std::int64_t left) {
#pragma GCC unroll 12
  for (std::int64_t row = 0; row < kRows; ++row) {
#pragma GCC unroll 8
    for (std::int64_t v = 0; v < kVectors; ++v) {
      store_some(to + row * out + v * kLanes, sums[row][v], left - v * kLanes);
    }
  }
}

struct Int8Tile {
  template <std::int64_t kRows, std::int64_t kVectors>
  static void run(const Int8Block& block, kernels::TileCorner corner) {
    [[maybe_unused]] const std::int64_t out = block.weight.out;
    [[maybe_unused]] const std::int64_t left = out - corner.column;
    [[maybe_unused]] const std::int64_t groups = block.weight.groups();
    [[maybe_unused]] std::int32_t* acc = block.acc + corner.row * out + corner.column;
    // As in lane_tile.cpp: begin with block.start, walk the groups, and hand the sums to
    // put_tile(sums, acc, out, left). A group is kGroup bytes of x, broadcast by broadcast_four(),
    // and kPanel · kGroup codes.
    // Try it by hand first: one group, x {1, 2, 3, 4}, codes {1, 1, 1, 1}, start 5: sum 15.
    // BEGIN SOLUTION 18.5
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

    put_tile(sums, acc, out, left);
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
  const auto codes = static_cast<std::size_t>(weight.out * weight.in);
  require_int8_product("int8_gemm_lanes", weight.out, weight.in,
                       {x.size(), codes, bias.size(), acc.size()});
  // The three steps of the header; walk(block) covers everything with your tile.
  // Try it by hand first: x {1}, weight {3}, bias 10: start 10 - 384 = -374, plus 129 · 3 = 13.
  // BEGIN SOLUTION 18.5
  std::vector<std::int32_t> start(bias.begin(), bias.end());
  for (std::size_t o = 0; o < start.size(); ++o) start[o] -= 128 * weight.sums[o];
  const UnsignedRows input = to_unsigned(x, weight.in);
  walk({input, weight, start, acc.data()});
  // END SOLUTION 18.5
}

}  // namespace tinytorch::quantization
