#include "tinytorch/compression/svd.h"

#include <Eigen/SVD>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::compression {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Tensor to_tensor(const Matrix& matrix) {
  Tensor out(Shape{matrix.rows(), matrix.cols()});
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    out.data()[static_cast<std::size_t>(i)] = static_cast<float>(matrix.data()[i]);
  }
  return out;
}

void check(const Tensor& matrix) {
  if (matrix.ndim() != 2 || matrix.numel() == 0) {
    throw Error(concat("svd: a tensor of shape ", to_string(matrix.shape()),
                       "; expected two dimensions and at least one value"));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(matrix.numel()); ++i) {
    const float value = matrix.data()[i];
    if (!std::isfinite(value)) throw Error(concat("svd: value ", i, " is ", value));
  }
}

}  // namespace

Svd svd(const Tensor& matrix) {
  check(matrix);
  // In double: single precision would leave an error of its own beside the discarded values.
  Matrix values(matrix.size(0), matrix.size(1));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values.data()[i] = static_cast<double>(matrix.data()[static_cast<std::size_t>(i)]);
  }
  const Eigen::BDCSVD<Matrix> found(values, Eigen::ComputeThinU | Eigen::ComputeThinV);
  Svd result{to_tensor(found.matrixU()), {}, to_tensor(found.matrixV().transpose())};
  for (const double value : found.singularValues()) {
    result.s.push_back(static_cast<float>(value));
    if (std::isfinite(result.s.back())) continue;
    throw Error(concat("svd: singular value ", result.s.size() - 1, " is ", value,
                       ", more than float holds; scale the matrix down"));
  }
  return result;
}

}  // namespace tinytorch::compression
