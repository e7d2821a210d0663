#include "tinytorch/kernels/gemm/gemm.h"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>

#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/gemm/long_sum.h"

namespace tinytorch::kernels {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;

// Fewer rows than this do not pay for rearranging b.
constexpr std::int64_t kRowsWorthPacking = 4;

StridedFloats strided(std::span<const float> values, Trans trans, std::int64_t rows,
                      std::int64_t columns) {
  if (trans == Trans::kYes) return {values.data(), 1, rows};
  return {values.data(), columns, 1};
}

void few_rows(Trans trans_a, Trans trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
              std::span<const float> a, std::span<const float> b, std::span<float> c,
              bool accumulate) {
  const bool ta = trans_a == Trans::kYes;
  const bool tb = trans_b == Trans::kYes;
  const ConstMap stored_a(a.data(), ta ? k : m, ta ? m : k);
  const ConstMap stored_b(b.data(), tb ? n : k, tb ? k : n);
  Eigen::Map<Matrix> result(c.data(), m, n);
  LongSum sum(c, accumulate);
  const std::int64_t chain = k > kLongProduct ? kLongestChain : k;
  for (std::int64_t begin = 0; begin < k; begin += chain) {
    const std::int64_t steps = std::min(chain, k - begin);
    // noalias() += adds into the result without a temporary; a fresh product is a sum from zero.
    if (!sum.continues(steps)) result.setZero();
    const auto part_a =
        ta ? stored_a.block(begin, 0, steps, m) : stored_a.block(0, begin, m, steps);
    const auto part_b =
        tb ? stored_b.block(0, begin, n, steps) : stored_b.block(begin, 0, steps, n);
    if (!ta && !tb) result.noalias() += part_a * part_b;
    if (!ta && tb) result.noalias() += part_a * part_b.transpose();
    if (ta && !tb) result.noalias() += part_a.transpose() * part_b;
    if (ta && tb) result.noalias() += part_a.transpose() * part_b.transpose();
  }
  sum.finish();
}

}  // namespace

void gemm(Trans trans_a, Trans trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
          std::span<const float> a, std::span<const float> b, std::span<float> c, bool accumulate) {
  assert(a.size() == static_cast<std::size_t>(m * k));
  assert(b.size() == static_cast<std::size_t>(k * n));
  assert(c.size() == static_cast<std::size_t>(m * n));
  if (m < kRowsWorthPacking || best_float_isa() == FloatIsa::kScalar) {
    return few_rows(trans_a, trans_b, m, n, k, a, b, c, accumulate);
  }
  thread_local PackedFloats packed;
  pack(strided(b, trans_b, k, n), k, n, packed);
  gemm_prepacked(strided(a, trans_a, m, k), m, packed, c, accumulate);
}

void gemm_prepacked(const StridedFloats& a, std::int64_t m, const PackedFloats& b,
                    std::span<float> c, bool accumulate) {
  assert(c.size() == static_cast<std::size_t>(m * b.n));
  acceleration().product(a, m, b, c.data(), accumulate);
}

}  // namespace tinytorch::kernels
