#pragma once
// Which tiles cover a block of a product: as many sums as there are registers for. Given.
//
// A tile of R rows and V vectors keeps R·V registers of sums. Three quarters of the registers may
// hold sums, the rest are for what feeds them. Many rows take 2 vectors each; few rows take more,
// so that there are always enough chains to hide the latency of a multiply-add.

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "tinytorch/kernels/acceleration/lanes.h"

namespace tinytorch::kernels {

inline constexpr std::int64_t kTileSums = kLaneRegisters * 3 / 4;
inline constexpr std::int64_t kTileRows = kTileSums / 2;

// The upper left corner of a tile.
struct TileCorner {
  std::int64_t row = 0;
  std::int64_t column = 0;  // a multiple of kLanes
};

// What is to be covered: rows [0, rows) × columns [begin, end), begin a multiple of kLanes. A
// column of the right-hand side takes `column_bytes`.
struct TileArea {
  std::int64_t rows = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t column_bytes = 0;
};

// Tile::run<rows, 2^kWide vectors> for 1 to kTileRows rows; where the registers do not reach for so
// many, the entry repeats the last that they reach for, and is never used.
template <typename Tile, typename Block, std::int64_t kWide, std::size_t... kRow>
constexpr auto tiles_of_width(std::index_sequence<kRow...>) {
  constexpr std::int64_t kVectors = std::int64_t{1} << kWide;
  constexpr std::int64_t kMost = std::min(kTileSums / kVectors, kTileRows);
  using Run = void (*)(const Block&, TileCorner);
  return std::array<Run, sizeof...(kRow)>{
      &Tile::template run<std::min<std::int64_t>(kRow + 1, kMost), kVectors>...};
}

// Calls Tile::run<rows, vectors>(block, corner) for tiles that cover the area; those at its right
// end may reach beyond it. A few columns at a time, as many as stay in the second-level cache; for
// these, strip after strip: its rows stay in the first-level cache while the columns stream by.
template <typename Tile, typename Block>
void walk_tiles(const Block& block, const TileArea& area) {
  constexpr auto kRows = std::make_index_sequence<kTileRows>();
  static constexpr std::array kTiles = {
      tiles_of_width<Tile, Block, 0>(kRows), tiles_of_width<Tile, Block, 1>(kRows),
      tiles_of_width<Tile, Block, 2>(kRows), tiles_of_width<Tile, Block, 3>(kRows)};
  constexpr std::int64_t kCachedBytes = 512 * 1024;
  const std::int64_t fit = kCachedBytes / std::max<std::int64_t>(area.column_bytes, 1);
  const std::int64_t many = std::max<std::int64_t>(fit / (8 * kLanes), 1) * 8 * kLanes;
  for (std::int64_t from = area.begin; from < area.end; from += many) {
    const std::int64_t to = std::min(from + many, area.end);
    for (std::int64_t row = 0; row < area.rows; row += kTileRows) {
      const std::int64_t rows = std::min(kTileRows, area.rows - row);
      std::int64_t wide = rows <= kTileSums / 8 ? 3 : rows <= kTileSums / 4 ? 2 : 1;
      for (std::int64_t column = from; column < to;) {
        while (wide > 0 && column + (kLanes << wide) >= to + kLanes) --wide;
        kTiles[static_cast<std::size_t>(wide)][static_cast<std::size_t>(rows - 1)](block,
                                                                                   {row, column});
        column += kLanes << wide;
      }
    }
  }
}

}  // namespace tinytorch::kernels
