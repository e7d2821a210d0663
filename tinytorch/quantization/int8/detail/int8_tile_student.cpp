// A course with the acceleration module: its int8 tile is Isa::kLaneTile once it is written.
#include "tinytorch/kernels/acceleration/written_tasks.h"
#include "tinytorch/quantization/int8/detail/int8_tile.h"
#include "tinytorch/quantization/int8/int8_ladder.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"

namespace tinytorch::quantization {
namespace {

Int8Tile written_tile() {
  using kernels::task_is_written;
  if (!task_is_written("18.5")) return {};
  // Its threads run the tile.
  if (task_is_written("18.12")) return {int8_gemm_parallel, true};
  return {int8_gemm_lanes, false};
}

}  // namespace

Int8Tile int8_tile() {
  static const Int8Tile written = written_tile();
  return written;
}

}  // namespace tinytorch::quantization
