#include <algorithm>

#include "tinytorch/kernels/gemm/acceleration.h"

namespace tinytorch::kernels {
namespace {

void copy_rows(const StridedFloats& b, std::int64_t k, std::int64_t width, float* panel) {
  const float* row = b.data;
  for (std::int64_t left = k; left > 0; --left, row += b.row_stride, panel += kFloatPanel) {
    const float* from = row;
    float* const edge = panel + width;
    for (float* to = panel; to != edge; ++to, from += b.column_stride) *to = *from;
    std::fill(edge, panel + kFloatPanel, 0.0f);
  }
}

void one_thread(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                bool accumulate) {
  gemm_packed(a, m, b, c, accumulate);
}

}  // namespace

Acceleration given_acceleration() { return {copy_rows, kernel_of(best_float_isa()), one_thread}; }

}  // namespace tinytorch::kernels
