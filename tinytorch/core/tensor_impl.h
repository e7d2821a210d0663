#pragma once
// What a Tensor handle points to. Internal: included by the sources that define Tensor's members
// and by nothing else.

#include <cstddef>
#include <memory>
#include <vector>

#include "tinytorch/core/heap.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch {

// The tensor's values are storage[offset, offset + shape.numel()). view(), detach() and rows() make
// a new Impl on the same storage; clone() copies the values into storage of its own.
struct Tensor::Impl {
  std::shared_ptr<std::vector<float>> storage;
  std::size_t offset = 0;
  Shape shape;

  // Reverse-mode differentiation. A leaf has requires_grad and no node; the result of a recorded
  // operation has a node. The gradient belongs to this handle's Impl, not to the storage.
  bool requires_grad = false;
  Tensor grad;
  std::shared_ptr<autograd::Node> node;
};

}  // namespace tinytorch
