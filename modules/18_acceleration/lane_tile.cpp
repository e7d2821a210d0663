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
    throw tinytorch::not_implemented("18.4");
  }
};

}  // namespace

void multiply_block_lanes(const FloatBlock& block) {
  walk_tiles<LaneTile>(block, {block.rows, block.columns.begin, block.columns.end,
                               (block.end - block.begin) * kFloatBytes});
}

}  // namespace tinytorch::kernels
