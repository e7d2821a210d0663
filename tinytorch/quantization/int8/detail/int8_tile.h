#pragma once
// The acceleration module's int8 tile as the engine sees it. Internal to int8_gemm, as
// kernels/gemm/acceleration.h is to gemm: int8_tile_student.cpp defines it where the course
// has the acceleration module, else int8_tile_given.cpp.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization {

using Int8Multiply = void (*)(std::span<const std::int8_t> x, const PackedWeights& weight,
                              std::span<const std::int32_t> bias, std::span<std::int32_t> acc);
struct Int8Tile {
  Int8Multiply multiply = nullptr;  // null where nobody has written it
  bool on_threads = false;          // it deals rows out to threads by itself
};
// int8_gemm_parallel (int8_ladder.h) where that is written, else int8_gemm_lanes
// (int8_lane_tile.h).
Int8Tile int8_tile();

}  // namespace tinytorch::quantization
