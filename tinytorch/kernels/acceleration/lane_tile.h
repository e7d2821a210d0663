#pragma once
// Rung 4: a tile of the product in vector registers, at the machine's limit.
// You write this part: lane_tile.cpp (acceleration module).
//
// A register of type Lanes (lanes.h) holds kLanes neighbouring columns of one row of c. A tile of R
// rows × V registers keeps its R·V registers of sums from the first step of k to the last; in each
// step it loads V registers of b once, and uses each of them for all R rows. That is 2·R·V·kLanes
// floating-point operations for V loads and R broadcasts.

#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

namespace tinytorch::kernels {

// Task: FloatBlock is declared in packed_gemm_tiles.h. What multiply_block_panels computes
// (gemm_ladder.h), bit for bit, with Lanes. walk_tiles() (tile_walk.h) covers the block with tiles
// and calls yours for each: kRows rows from corner.row on, kVectors registers of columns from
// corner.column on. You write the tile:
//   1. sums[kRows][kVectors]: zeros where block.from_zero, else what c holds there.
//   2. For each step i in [begin, end): load the kVectors registers of b, and for each row multiply
//      a(row, i), broadcast, into them with fma().
//   3. Store the sums.
// The last tile of a row may reach beyond block.columns.end: load_some() and store_some() touch
// only what is there. kVectors registers may lie in up to four panels: ask block.b_at() for each.
// The engine's matrix products run on it.
void multiply_block_lanes(const FloatBlock& block);

}  // namespace tinytorch::kernels
