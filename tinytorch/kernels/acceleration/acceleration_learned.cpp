// A course with module 18: its packing, tiles and threads carry every matrix product of the engine.
// What its learner has not written yet is stood in for, so that nothing else stops working.
#include <array>

#include "tinytorch/core/is_written.h"
#include "tinytorch/kernels/acceleration/acceleration.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_tile.h"
#include "tinytorch/kernels/acceleration/lanes.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

namespace tinytorch::kernels {
namespace {

bool lanes_are_widest() {
  if (best_float_isa() == FloatIsa::kAvx512) return kLaneBytes == 64;
  return best_float_isa() != FloatIsa::kAvx2 || kLaneBytes == 32;
}

Acceleration written_acceleration() {
  Acceleration all = given_acceleration();
  std::array<float, kFloatPanel> panel{};
  std::array<float, 1> out{};
  const StridedFloats one{panel.data(), 1, 1};
  const PackedFloats packed{1, 1, AlignedVector<float>(kFloatPanel)};
  if (is_written([&] { pack_panel(one, 1, 1, panel.data()); })) all.pack_panel = pack_panel;
  if (lanes_are_widest() && is_written([&] {
        multiply_block_lanes({one, 1, packed, 0, 1, out.data(), true, {0, 1}});
      })) {
    all.kernel = multiply_block_lanes;
  }
  if (is_written([] { plan_parts(1, 1, 1, 1); })) all.product = gemm_parallel;
  return all;
}

}  // namespace

const Acceleration& acceleration() {
  static const Acceleration written = written_acceleration();
  return written;
}

}  // namespace tinytorch::kernels
