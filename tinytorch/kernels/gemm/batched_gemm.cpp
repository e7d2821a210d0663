#include "tinytorch/kernels/gemm/batched_gemm.h"

#include <algorithm>
#include <cassert>

#include "tinytorch/kernels/gemm/long_sum.h"

namespace tinytorch::kernels {
namespace {

// Elements from one matrix of the stack to the next; 0 where there is only one.
std::size_t stride(std::size_t count, std::size_t matrix, [[maybe_unused]] std::size_t batch) {
  assert(count == matrix || count == matrix * batch);
  return count == matrix ? 0 : matrix;
}

}  // namespace

void batched_gemm(Trans trans_a, Trans trans_b, const BatchedSizes& sizes, std::span<const float> a,
                  std::span<const float> b, std::span<float> c) {
  const auto batch = static_cast<std::size_t>(sizes.batch);
  const auto size_a = static_cast<std::size_t>(sizes.m * sizes.k);
  const auto size_b = static_cast<std::size_t>(sizes.k * sizes.n);
  const auto size_c = static_cast<std::size_t>(sizes.m * sizes.n);
  if (batch == 0) return std::fill(c.begin(), c.end(), 0.0f);
  const std::size_t step_a = stride(a.size(), size_a, batch);
  const std::size_t step_b = stride(b.size(), size_b, batch);
  const std::size_t step_c = stride(c.size(), size_c, batch);
  const auto product = [&](std::size_t i, bool accumulate) {
    gemm(trans_a, trans_b, sizes.m, sizes.n, sizes.k, a.subspan(i * step_a, size_a),
         b.subspan(i * step_b, size_b), c.subspan(i * step_c, size_c), accumulate);
  };
  if (step_c != 0) {
    for (std::size_t i = 0; i < batch; ++i) product(i, false);
    return;
  }
  LongSum sum(c);
  for (std::size_t i = 0; i < batch; ++i) product(i, sum.continues(sizes.k));
  sum.finish();
}

}  // namespace tinytorch::kernels
