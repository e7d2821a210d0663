// A course with the acceleration module: its packing, tiles and threads carry every matrix product
// of the engine. What its learner has not written yet is stood in for, so that nothing else stops
// working.
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_tile.h"
#include "tinytorch/kernels/acceleration/lanes.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/kernels/acceleration/written_tasks.h"
#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

namespace tinytorch::kernels {
namespace {

bool lanes_are_widest() {
  if (best_float_isa() == FloatIsa::kAvx512) return kLaneBytes == 64;
  return best_float_isa() != FloatIsa::kAvx2 || kLaneBytes == 32;
}

Acceleration written_acceleration() {
  Acceleration all = given_acceleration();
  if (task_is_written("18.3")) all.pack_panel = pack_panel;
  if (task_is_written("18.4") && lanes_are_widest()) all.kernel = multiply_block_lanes;
  if (task_is_written("18.6")) all.product = gemm_parallel;
  return all;
}

}  // namespace

const Acceleration& acceleration() {
  static const Acceleration written = written_acceleration();
  return written;
}

}  // namespace tinytorch::kernels
