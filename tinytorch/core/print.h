#pragma once
// Tensors as text, in PyTorch's manner. Given (print.cpp).

#include <iosfwd>
#include <string>

#include "tinytorch/core/tensor.h"

namespace tinytorch {

// Nested rows, four digits behind the point (whole numbers without): "[[1, 2], [3, 4]]" over two
// lines, "0.5000" for a scalar. Of a dimension of more than 10 only the first and last 3 are shown.
// "undefined" for an undefined tensor.
std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
// to_string() and a line's end on standard output.
void print(const Tensor& tensor);

}  // namespace tinytorch
