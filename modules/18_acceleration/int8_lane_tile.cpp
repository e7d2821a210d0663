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
  throw tinytorch::not_implemented("18.5");
}

namespace {

struct Int8Tile {
  template <std::int64_t kRows, std::int64_t kVectors>
  static void run(const Int8Block& block, kernels::TileCorner corner) {
    // As in lane_tile.cpp: begin with block.start, walk the groups, store the columns that exist.
    // A group is kGroup bytes of x, broadcast by broadcast_four(), and kPanel · kGroup codes.
    throw tinytorch::not_implemented("18.5");
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
  throw tinytorch::not_implemented("18.5");
}

}  // namespace tinytorch::quantization
