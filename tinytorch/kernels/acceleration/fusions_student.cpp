// A course with the acceleration module: its fused passes serve softmax, GELU and convolutions.
// What its learner has not written yet stays null, and the engine goes on in passes.
#include "tinytorch/kernels/acceleration/fused.h"
#include "tinytorch/kernels/acceleration/written_tasks.h"
#include "tinytorch/kernels/fusions.h"

namespace tinytorch::kernels {
namespace {

Fusions written_fusions() {
  Fusions all;
  if (task_is_written("18.7")) {
    all.softmax = scaled_softmax;
    all.bias_gelu = bias_gelu;
  }
  if (task_is_written("18.8")) {
    all.pack_windows = pack_windows;
    all.direct = conv2d_direct;
  }
  return all;
}

}  // namespace

const Fusions& fusions() {
  static const Fusions written = written_fusions();
  return written;
}

}  // namespace tinytorch::kernels
