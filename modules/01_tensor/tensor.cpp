// Values with a shape. The contract is tinytorch/core/tensor.h; what a handle points to is
// tinytorch/core/tensor_impl.h, and impl() gives it or throws on an undefined tensor.
#include "tinytorch/core/tensor.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/tensor_impl.h"

namespace tinytorch {

// --- 01.1 Storage ---

// Make an Impl whose storage holds shape.numel() zeros.
//   Tensor(Shape{2, 3}) holds 6 zeros; Tensor(Shape{}) holds one.
Tensor::Tensor(Shape shape) {
  throw tinytorch::not_implemented("01.1");
}

// Make an Impl that takes the given values over, without copying them.
//   1. Compare values.size() with shape.numel(); when they differ throw Error naming both:
//      "tensor: 5 values for shape [2, 3], which holds 6".
//   2. Move values and shape into the Impl.
Tensor::Tensor(Shape shape, std::vector<float> values) {
  throw tinytorch::not_implemented("01.1");
}

const Shape& Tensor::shape() const {
  throw tinytorch::not_implemented("01.1");
}

// The numel() values that start at `offset` in the storage. A handle may look at a part of its
// storage only: after rows(1, 2) of a [3, 4] tensor, offset is 4 and data() has 4 values.
// impl() counts a change to the values where the handle is not const; there is nothing to do for
// it.
std::span<float> Tensor::data() {
  throw tinytorch::not_implemented("01.1");
}

std::span<const float> Tensor::data() const {
  throw tinytorch::not_implemented("01.1");
}

// --- 01.2 Reading one element ---

// The only value. Throw Error "item: a tensor of shape [2, 3] has 6 elements, not 1" otherwise.
float Tensor::item() const {
  throw tinytorch::not_implemented("01.2");
}

// Row-major order: the last index moves fastest, and one step in dimension d skips the product of
// all sizes after d. Going from left to right, position = position · size(d) + index(d).
//   shape [2, 3], index {1, 2}: 0·2 + 1 = 1, then 1·3 + 2 = 5.
// Throw Error on a wrong number of indices and on an index outside [0, size(d)):
//   "at: 1 index for a tensor of shape [2, 3]" and
//   "at: index 3 of dimension 1 in a tensor of shape [2, 3]".
float Tensor::at(std::initializer_list<std::int64_t> index) const {
  throw tinytorch::not_implemented("01.2");
}

// --- 01.3 Copies and views ---

// New storage with a copy of data(), the same shape, no autograd state.
Tensor Tensor::clone() const {
  throw tinytorch::not_implemented("01.3");
}

// A new Impl that points to the same storage at the same offset, without requires_grad, grad, node.
Tensor Tensor::detach() const {
  throw tinytorch::not_implemented("01.3");
}

bool Tensor::shares_storage_with(const Tensor& other) const {
  throw tinytorch::not_implemented("01.3");
}

// The same values with another shape: contiguous values need no move, only new sizes.
//   Start from detach(), replace the shape. The count must stay the same:
//   "view: [2, 3] has 6 elements, [4, 2] has 8".
Tensor Tensor::view(Shape shape) const {
  throw tinytorch::not_implemented("01.3");
}

// Rows [begin, end) of dimension 0: contiguous again, so a larger offset and a smaller first size
// are all it takes. One row of a [3, 4] tensor is 4 values long.
//   "rows: [2, 5) of a tensor of shape [3, 4]" when not 0 <= begin <= end <= size(0).
Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const {
  throw tinytorch::not_implemented("01.3");
}

}  // namespace tinytorch
