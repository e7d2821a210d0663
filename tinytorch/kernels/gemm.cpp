#include "tinytorch/kernels/gemm.h"

#include <Eigen/Core>
#include <cassert>

namespace tinytorch::kernels {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;

}  // namespace

void gemm(Trans trans_a, Trans trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
          std::span<const float> a, std::span<const float> b, std::span<float> c, bool accumulate) {
  assert(a.size() == static_cast<std::size_t>(m * k));
  assert(b.size() == static_cast<std::size_t>(k * n));
  assert(c.size() == static_cast<std::size_t>(m * n));
  const bool ta = trans_a == Trans::kYes;
  const bool tb = trans_b == Trans::kYes;
  const ConstMap stored_a(a.data(), ta ? k : m, ta ? m : k);
  const ConstMap stored_b(b.data(), tb ? n : k, tb ? k : n);
  Eigen::Map<Matrix> result(c.data(), m, n);
  // noalias() += adds into the result without a temporary; a fresh product is a sum from zero.
  if (!accumulate) result.setZero();
  if (!ta && !tb) result.noalias() += stored_a * stored_b;
  if (!ta && tb) result.noalias() += stored_a * stored_b.transpose();
  if (ta && !tb) result.noalias() += stored_a.transpose() * stored_b;
  if (ta && tb) result.noalias() += stored_a.transpose() * stored_b.transpose();
}

}  // namespace tinytorch::kernels
