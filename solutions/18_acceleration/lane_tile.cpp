// Part 2 of module 18: a tile of sums in vector registers.
#include "tinytorch/kernels/acceleration/lane_tile.h"

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/acceleration/lanes.h"
#include "tinytorch/kernels/acceleration/tile_walk.h"

namespace tinytorch::kernels {
namespace {

struct LaneTile {
  // TASK 18.4
  template <std::int64_t kRows, std::int64_t kVectors>
  static void run(const FloatBlock& block, TileCorner corner) {
    [[maybe_unused]] const std::int64_t n = block.b.n;  // from one row of c to the next
    [[maybe_unused]] const std::int64_t left = block.columns.end - corner.column;
    [[maybe_unused]] float* c = block.c + corner.row * n + corner.column;
    // The loops over rows and registers have constant bounds; `#pragma GCC unroll 12` above each
    // lets the compiler write them out, so that every element of `sums` becomes a register.
    // Work out the addresses before the loop over i: block.b_at(block.begin, column) for each
    // register, block.a_at(corner.row, block.begin) for the first row. From step to step b moves on
    // by kFloatPanel, a by block.a.column_stride; its rows are block.a.row_stride apart.
    // Try it by hand first: one row {2, 3}, b of rows {1, 1} and {10, 10}: sums 2, then 32.
    // BEGIN SOLUTION 18.4
    Lanes sums[kRows][kVectors];
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kVectors; ++v) {
        sums[r][v] =
            block.from_zero ? Lanes{} : load_some(c + r * n + v * kLanes, left - v * kLanes);
      }
    }

    const float* a = block.a_at(corner.row, block.begin);
    const float* b = block.b_at(block.begin, corner.column);
    const std::int64_t next_panel = block.b.k * kFloatPanel;
    for (std::int64_t i = block.begin; i < block.end; ++i) {
      Lanes w[kVectors];
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kVectors; ++v) {
        const float* from = b + v * kLanes / kFloatPanel * next_panel + v * kLanes % kFloatPanel;
        w[v] = load(from);
        // Few rows are done before the answer would be there.
        if (kRows > 8) fetch_ahead(from + 16 * kFloatPanel);
      }
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < kRows; ++r) {
        const Lanes x = broadcast(a[r * block.a.row_stride]);
#pragma GCC unroll 8
        for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] = fma(x, w[v], sums[r][v]);
      }
      a += block.a.column_stride;
      b += kFloatPanel;
    }

#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kVectors; ++v) {
        store_some(c + r * n + v * kLanes, sums[r][v], left - v * kLanes);
      }
    }
    // END SOLUTION 18.4
  }
};

}  // namespace

void multiply_block_lanes(const FloatBlock& block) {
  walk_tiles<LaneTile>(block, {block.rows, block.columns.begin, block.columns.end,
                               (block.end - block.begin) * kFloatBytes});
}

}  // namespace tinytorch::kernels
