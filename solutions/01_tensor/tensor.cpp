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
  // BEGIN SOLUTION 01.1
  const auto count = static_cast<std::size_t>(shape.numel());
  impl_ = std::make_shared<Impl>();
  impl_->storage = std::make_shared<Storage>(std::vector<float>(count, 0.0f));
  impl_->shape = std::move(shape);
  // END SOLUTION 01.1
}

// Make an Impl that takes the given values over, without copying them.
//   1. Compare values.size() with shape.numel(); when they differ throw Error naming both:
//      "tensor: 5 values for shape [2, 3], which holds 6".
//   2. Move values and shape into the Impl.
Tensor::Tensor(Shape shape, std::vector<float> values) {
  // BEGIN SOLUTION 01.1
  if (values.size() != static_cast<std::size_t>(shape.numel())) {
    throw Error(concat("tensor: ", values.size(), " values for shape ", to_string(shape),
                       ", which holds ", shape.numel()));
  }
  impl_ = std::make_shared<Impl>();
  impl_->storage = std::make_shared<Storage>(std::move(values));
  impl_->shape = std::move(shape);
  // END SOLUTION 01.1
}

const Shape& Tensor::shape() const {
  // BEGIN SOLUTION 01.1
  return impl().shape;
  // END SOLUTION 01.1
}

// The numel() values that start at `offset` in the storage. A handle may look at a part of its
// storage only: after rows(1, 2) of a [3, 4] tensor, offset is 4 and data() has 4 values.
// impl() counts a change to the values where the handle is not const; there is nothing to do for
// it.
std::span<float> Tensor::data() {
  // BEGIN SOLUTION 01.1
  Impl& self = impl();
  return {self.storage->data() + self.offset, static_cast<std::size_t>(self.shape.numel())};
  // END SOLUTION 01.1
}

std::span<const float> Tensor::data() const {
  // BEGIN SOLUTION 01.1
  const Impl& self = impl();
  return {self.storage->data() + self.offset, static_cast<std::size_t>(self.shape.numel())};
  // END SOLUTION 01.1
}

// --- 01.2 Reading one element ---

// The only value. Throw Error "item: a tensor of shape [2, 3] has 6 elements, not 1" otherwise.
float Tensor::item() const {
  // BEGIN SOLUTION 01.2
  if (numel() != 1) {
    throw Error(concat("item: a tensor of shape ", to_string(shape()), " has ", numel(),
                       " elements, not 1"));
  }
  return data()[0];
  // END SOLUTION 01.2
}

// Row-major order: the last index moves fastest, and one step in dimension d skips the product of
// all sizes after d. Going from left to right, position = position · size(d) + index(d).
//   shape [2, 3], index {1, 2}: 0·2 + 1 = 1, then 1·3 + 2 = 5.
// Throw Error on a wrong number of indices and on an index outside [0, size(d)):
//   "at: 1 index for a tensor of shape [2, 3]" and
//   "at: index 3 of dimension 1 in a tensor of shape [2, 3]".
float Tensor::at(std::initializer_list<std::int64_t> index) const {
  // BEGIN SOLUTION 01.2
  if (static_cast<std::int64_t>(index.size()) != ndim()) {
    throw Error(concat("at: ", index.size(), index.size() == 1 ? " index" : " indices",
                       " for a tensor of shape ", to_string(shape())));
  }
  std::int64_t position = 0;
  std::int64_t dim = 0;
  for (const std::int64_t i : index) {
    if (i < 0 || i >= size(dim)) {
      throw Error(concat("at: index ", i, " of dimension ", dim, " in a tensor of shape ",
                         to_string(shape())));
    }
    position = position * size(dim) + i;
    ++dim;
  }
  return data()[static_cast<std::size_t>(position)];
  // END SOLUTION 01.2
}

// --- 01.3 Copies and views ---

// New storage with a copy of data(), the same shape, no autograd state.
Tensor Tensor::clone() const {
  // BEGIN SOLUTION 01.3
  const std::span<const float> values = data();
  return {shape(), std::vector<float>(values.begin(), values.end())};
  // END SOLUTION 01.3
}

// A new Impl that points to the same storage at the same offset, without requires_grad, grad, node.
Tensor Tensor::detach() const {
  // BEGIN SOLUTION 01.3
  const Impl& self = impl();
  Tensor result;
  result.impl_ = std::make_shared<Impl>();
  result.impl_->storage = self.storage;
  result.impl_->offset = self.offset;
  result.impl_->shape = self.shape;
  return result;
  // END SOLUTION 01.3
}

bool Tensor::shares_storage_with(const Tensor& other) const {
  // BEGIN SOLUTION 01.3
  return impl().storage == other.impl().storage;
  // END SOLUTION 01.3
}

// The same values with another shape: contiguous values need no move, only new sizes.
//   Start from detach(), replace the shape. The count must stay the same:
//   "view: [2, 3] has 6 elements, [4, 2] has 8".
Tensor Tensor::view(Shape shape) const {
  // BEGIN SOLUTION 01.3
  if (shape.numel() != numel()) {
    throw Error(concat("view: ", to_string(this->shape()), " has ", numel(), " elements, ",
                       to_string(shape), " has ", shape.numel()));
  }
  Tensor result = detach();
  result.impl_->shape = std::move(shape);
  return result;
  // END SOLUTION 01.3
}

// Rows [begin, end) of dimension 0: contiguous again, so a larger offset and a smaller first size
// are all it takes. One row of a [3, 4] tensor is 4 values long.
//   "rows: [2, 5) of a tensor of shape [3, 4]" when not 0 <= begin <= end <= size(0).
Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const {
  // BEGIN SOLUTION 01.3
  if (ndim() == 0 || begin < 0 || begin > end || end > size(0)) {
    throw Error(concat("rows: [", begin, ", ", end, ") of a tensor of shape ", to_string(shape())));
  }
  std::vector<std::int64_t> sizes = shape().sizes();
  const std::int64_t row = sizes[0] == 0 ? 0 : numel() / sizes[0];
  sizes[0] = end - begin;
  Tensor result = detach();
  result.impl_->offset += static_cast<std::size_t>(begin * row);
  result.impl_->shape = Shape(std::move(sizes));
  return result;
  // END SOLUTION 01.3
}

}  // namespace tinytorch
