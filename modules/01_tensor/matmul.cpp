// The matrix product. The contract is tinytorch/kernels/matmul.h.
#include "tinytorch/kernels/matmul.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {

// --- 01.8 Matrix product and transpose ---

// Three nested loops. Any order of m, n, k gives the sums; the order m, k, n makes the innermost
// loop run along a row of b and a row of c, neighbours in memory, and is many times faster than m,
// n, k.
//   1. Set c to 0.
//   2. For each row i and each k: add a(i, k) times row k of b to row i of c.
//   {1, 2, 3, 4} · {5, 6, 7, 8}, all [2, 2] → {1·5 + 2·7, 1·6 + 2·8, 3·5 + 4·7, 3·6 + 4·8}
//                                           = {19, 22, 43, 50}.
void matmul(std::span<const float> a, std::span<const float> b, std::span<float> c, std::int64_t m,
            std::int64_t n, std::int64_t k) {
  throw tinytorch::not_implemented("01.8");
}

// Element (i, j), at i·cols + j, moves to j·rows + i.
//   {1, 2, 3, 4, 5, 6} of shape [2, 3] → {1, 4, 2, 5, 3, 6} of shape [3, 2].
void transpose(std::span<const float> x, std::int64_t rows, std::int64_t cols,
               std::span<float> out) {
  throw tinytorch::not_implemented("01.8");
}

}  // namespace tinytorch::kernels
