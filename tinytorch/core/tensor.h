#pragma once
// Tensor: a handle to float values, a shape and, when it takes part in training, a gradient.
//
// Copying a Tensor copies the handle: both see the same values, as in PyTorch. clone() copies the
// values. Values are row-major and contiguous; reshape() shares them, transpose() does not.
// Arithmetic is declared here and lives elsewhere: the functions that record gradients are those of
// autograd/ops.h, which has more of them and the operators; plain loops over spans are in kernels/.
// Values and views are written in the tensor module (tensor.cpp), the walk behind backward() in the
// autograd module.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/core/shape.h"

namespace tinytorch {

namespace autograd {
class Node;
}

struct ReduceOptions {
  bool keepdim = false;  // the reduced dimension stays, with size 1
};

struct BackwardOptions {
  bool retain_graph = false;  // keep the graph for another backward()
};

class Tensor {
 public:
  // An undefined tensor: defined() is false and every other member throws.
  Tensor() = default;
  // All zeros.
  explicit Tensor(Shape shape);
  // Takes the values. Throws Error unless values.size() == shape.numel().
  Tensor(Shape shape, std::vector<float> values);

  static Tensor zeros(Shape shape);
  static Tensor ones(Shape shape);
  static Tensor full(Shape shape, float value);
  static Tensor scalar(float value);         // shape []
  static Tensor arange(std::int64_t count);  // 0, 1, …, count-1
  static Tensor uniform(Shape shape, float low, float high, Rng& rng = default_rng());
  static Tensor randn(Shape shape, Rng& rng = default_rng());

  bool defined() const { return impl_ != nullptr; }
  const Shape& shape() const;
  std::int64_t ndim() const { return shape().ndim(); }
  std::int64_t size(std::int64_t dim) const { return shape()[dim]; }
  std::int64_t numel() const { return shape().numel(); }

  // The values. Asking for them through a handle that is not const counts as a change to them, and
  // backward() is an Error where an operation needs values that were changed after it read them.
  // (To read only, use a const Tensor or std::as_const.) What is written later through a span that
  // was kept across operations is not seen.
  std::span<float> data();
  std::span<const float> data() const;
  // How often the storage's values were changed, in the sense above; shared by all views of them.
  std::uint64_t version() const;
  // The only element. Throws Error when numel() != 1.
  float item() const;
  // Element at one index per dimension. Throws Error on a wrong count or an index out of range.
  float at(std::initializer_list<std::int64_t> index) const;

  // A copy of the values in new storage, outside the graph.
  Tensor clone() const;
  // The same storage, outside the graph.
  Tensor detach() const;
  // True when both handles share one storage (reshape and detach do, clone does not).
  bool shares_storage_with(const Tensor& other) const;
  // True when both are handles of one tensor: its values, gradient and all (detach makes another).
  bool is_same_as(const Tensor& other) const { return impl_ == other.impl_; }
  // The same values with another shape, sharing storage, outside the graph. Throws Error when the
  // numbers of elements differ.
  // The differentiable form is ops::reshape.
  Tensor view(Shape shape) const;
  // The same with sizes of which one may be -1: whatever makes the numbers of elements agree.
  Tensor view(std::initializer_list<std::int64_t> sizes) const;
  // Rows [begin, end) of dimension 0, sharing storage, outside the graph.
  Tensor rows(std::int64_t begin, std::int64_t end) const;

  // --- autograd ---
  // Marks a leaf as a parameter. Throws Error on the result of an operation.
  Tensor& set_requires_grad(bool on = true);
  // True for such leaves and for every result that depends on one.
  bool requires_grad() const;
  // The accumulated gradient, same shape; undefined before the first backward().
  const Tensor& grad() const;
  void set_grad(Tensor grad);
  // Adds to grad(), in place from the second call on; the values are grad()'s own.
  void accumulate_grad(Tensor grad);
  // Makes grad() undefined.
  void zero_grad();
  // Adds to grad() of every leaf this scalar depends on, and frees the graph on the way, so that a
  // second call throws Error unless the first one retained it. Throws Error when numel() != 1 or
  // nothing requires a gradient.
  void backward(const BackwardOptions& options = {}) const;

  // --- operations that record gradients (autograd/tensor_operations.cpp) ---
  // x.relu() is ops::relu(x), and so on: shapes, formulas and errors are said there.
  Tensor sum() const;
  Tensor mean() const;
  Tensor max() const;
  Tensor sum(std::int64_t dim, const ReduceOptions& options = {}) const;
  Tensor mean(std::int64_t dim, const ReduceOptions& options = {}) const;
  Tensor max(std::int64_t dim, const ReduceOptions& options = {}) const;
  std::vector<std::int64_t> argmax(std::int64_t dim) const;

  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor abs() const;
  Tensor pow(float exponent) const;
  Tensor clamp(float low, float high) const;

  Tensor relu() const;
  Tensor sigmoid() const;
  Tensor tanh() const;
  Tensor gelu() const;
  Tensor softmax(std::int64_t dim) const;
  Tensor log_softmax(std::int64_t dim) const;

  Tensor matmul(const Tensor& other) const;
  Tensor reshape(const Shape& shape) const;
  Tensor reshape(std::initializer_list<std::int64_t> sizes) const;
  Tensor flatten(std::int64_t start_dim) const;
  Tensor transpose(std::int64_t dim0, std::int64_t dim1) const;
  Tensor narrow(std::int64_t dim, std::int64_t start, std::int64_t length) const;

  const std::shared_ptr<autograd::Node>& node() const;
  void set_node(std::shared_ptr<autograd::Node> node);

  struct Impl;  // tensor_impl.h

 private:
  // All three throw Error when undefined.
  const Impl& impl() const;
  Impl& impl();         // for data(): counts as a change of the values
  Impl& state() const;  // for flags, gradient and node, which are the handle's and not the values'

  std::shared_ptr<Impl> impl_;
};

}  // namespace tinytorch
