#pragma once
// Tensors as text, in PyTorch's manner. Given (print.cpp).

#include <iosfwd>
#include <string>

#include "tinytorch/core/tensor.h"

namespace tinytorch {

// Nested rows below each other, "0.5000" for a scalar. All numbers are written in one way: without
// a point where all are whole, else with four digits behind it, in scientific notation where these
// would not show the smallest or the largest is 1e8 or more. Of a dimension of more than 10 only
// the first and last 3 are shown. "undefined" for an undefined tensor.
std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
// to_string() and a line's end on standard output.
void print(const Tensor& tensor);

}  // namespace tinytorch
