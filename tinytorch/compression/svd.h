#pragma once
// The singular value decomposition. Given (svd.cpp, on Eigen).

#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::compression {

// matrix [m, n] = u [m, r] · diag(s) · vt [r, n] with r = min(m, n); columns of u and rows of vt
// are orthonormal, s descends and is >= 0. Signs of pairs (a column of u and its row of vt) are
// free.
struct Svd {
  Tensor u;
  std::vector<float> s;
  Tensor vt;
};

// Throws Error unless the tensor has two dimensions and finite values, at least one, and when a
// singular value leaves the range of float.
Svd svd(const Tensor& matrix);

}  // namespace tinytorch::compression
