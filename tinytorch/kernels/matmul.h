#pragma once
// The matrix product as plain loops: the slow, readable truth that gemm.h is tested against.
// Written in the tensor module (matmul.cpp).

#include <cstdint>
#include <span>

namespace tinytorch::kernels {

// c[m, n] = Σ_k a[m, k] · b[k, n], row-major. Requires spans of m·k, k·n and m·n values; c may not
// overlap a or b. A sum of no terms (k = 0) is 0.
void matmul(std::span<const float> a, std::span<const float> b, std::span<float> c, std::int64_t m,
            std::int64_t n, std::int64_t k);

// out[j, i] = x[i, j] for x of shape [rows, cols]. out may not overlap x.
void transpose(std::span<const float> x, std::int64_t rows, std::int64_t cols,
               std::span<float> out);

}  // namespace tinytorch::kernels
