#include "tinytorch/compression/svd.h"

#include <Eigen/SVD>
#include <cmath>

#include "tinytorch/core/error.h"

// Columns first, as Eigen stores them: with rows first every inner product is compiled a second
// time.
using Doubles = Eigen::MatrixXd;

// Most of Eigen's code, compiled in svd_bidiagonal.cpp, svd_divide.cpp and svd_jacobi.cpp at the
// same time: together they would hold up a build longer than any other source.
extern template Eigen::JacobiSVD<Doubles>& Eigen::JacobiSVD<Doubles>::compute(const Doubles&,
                                                                              unsigned int);
extern template Eigen::internal::UpperBidiagonalization<Doubles>&
Eigen::internal::UpperBidiagonalization<Doubles>::compute(const Doubles&);
extern template void Eigen::BDCSVD<Doubles>::divide(Eigen::Index, Eigen::Index, Eigen::Index,
                                                    Eigen::Index, Eigen::Index);

namespace tinytorch::compression {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Tensor to_tensor(const Doubles& matrix) {
  Tensor out(Shape{matrix.rows(), matrix.cols()});
  Eigen::Map<RowMajor>(out.data().data(), matrix.rows(), matrix.cols()) = matrix.cast<float>();
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
  const Eigen::Map<const RowMajor> floats(matrix.data().data(), matrix.size(0), matrix.size(1));
  const Doubles values = floats.cast<double>();
  const Eigen::BDCSVD<Doubles> found(values, Eigen::ComputeThinU | Eigen::ComputeThinV);
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
