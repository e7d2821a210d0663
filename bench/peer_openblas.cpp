#include <cblas.h>

#include "bench/peers.h"

namespace bench {

void openblas_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
                   float* c) {
  static const bool once = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(once);
  const auto rows = static_cast<blasint>(m);
  const auto columns = static_cast<blasint>(n);
  const auto depth = static_cast<blasint>(k);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, depth, 1.0f, a, depth, b,
              columns, 0.0f, c, columns);
}

}  // namespace bench
