#pragma once
// What a Tensor handle points to. Internal: included by the sources that define Tensor's members
// and by nothing else.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tinytorch/core/heap.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch {

// Values, and how often somebody asked for a place to write to them. Recorded operations compare
// the count of before with that of their backward pass (autograd/node.h).
class Storage {
 public:
  explicit Storage(std::vector<float> values) : values_(std::move(values)) {}

  float* data() { return values_.data(); }
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  // Not an atomic increment: of two threads that write at once one may go uncounted, not both.
  void count_a_write() { version_.store(version() + 1, std::memory_order_relaxed); }

 private:
  std::vector<float> values_;
  std::atomic<std::uint64_t> version_{0};
};

// The tensor's values are storage->data()[offset, offset + shape.numel()). view(), detach() and
// rows() make a new Impl on the same storage; clone() copies the values into storage of its own.
struct Tensor::Impl {
  std::shared_ptr<Storage> storage;
  std::size_t offset = 0;
  Shape shape;

  // Reverse-mode differentiation. A leaf has requires_grad and no node; the result of a recorded
  // operation has a node. The gradient belongs to this handle's Impl, not to the storage.
  bool requires_grad = false;
  Tensor grad;
  std::shared_ptr<autograd::Node> node;
};

}  // namespace tinytorch
