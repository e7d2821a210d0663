#include <Eigen/Core>

#include "bench/peers.h"

namespace bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

void eigen_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
                float* c) {
  Eigen::Map<Matrix>(c, m, n).noalias() =
      Eigen::Map<const Matrix>(a, m, k) * Eigen::Map<const Matrix>(b, k, n);
}

}  // namespace bench
