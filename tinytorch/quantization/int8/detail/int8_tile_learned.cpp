// A course with module 18: its int8 tile is Isa::kLaneTile once it is written.
#include <array>

#include "tinytorch/core/is_written.h"
#include "tinytorch/quantization/int8/detail/int8_tile.h"
#include "tinytorch/quantization/int8/int8_ladder.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"

namespace tinytorch::quantization {
namespace {

bool multiplies(Int8Multiply multiply) {
  const PackedWeights weight{1, 1, AlignedVector<std::int8_t>(kPanel * kGroup), {0}};
  const std::array<std::int8_t, 1> x{};
  const std::array<std::int32_t, 1> bias{};
  std::array<std::int32_t, 1> acc{};
  return is_written([&] { multiply(x, weight, bias, acc); });
}

Int8Tile written_tile() {
  if (multiplies(int8_gemm_parallel)) return {int8_gemm_parallel, true};
  return {multiplies(int8_gemm_lanes) ? int8_gemm_lanes : nullptr, false};
}

}  // namespace

Int8Tile int8_tile() {
  static const Int8Tile written = written_tile();
  return written;
}

}  // namespace tinytorch::quantization
