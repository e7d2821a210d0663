#include "tinytorch/nn/joins.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

void require_two(const Join& join, std::span<const Tensor> inputs) {
  if (inputs.size() == 2) return;
  throw Error(concat(join.describe(), ": takes 2 inputs, got ", inputs.size()));
}

void require_one_shape(const Join& join, std::span<const Tensor> inputs) {
  require_two(join, inputs);
  if (inputs[0].shape() == inputs[1].shape()) return;
  throw Error(concat(join.describe(), ": inputs ", to_string(inputs[0].shape()), " and ",
                     to_string(inputs[1].shape()), "; expected one shape, nothing is broadcast"));
}

}  // namespace

Tensor Join::forward(const Tensor&) {
  throw Error(concat(describe(), ": takes ", fewest_inputs() == 2 ? "2" : "several",
                     " inputs; put it in a Graph, or call join()"));
}

Tensor Add::join(std::span<const Tensor> inputs) {
  require_one_shape(*this, inputs);
  return ops::add(inputs[0], inputs[1]);
}

Tensor Multiply::join(std::span<const Tensor> inputs) {
  require_two(*this, inputs);
  return ops::mul(inputs[0], inputs[1]);
}

Tensor Maximum::join(std::span<const Tensor> inputs) {
  require_one_shape(*this, inputs);
  return ops::maximum(inputs[0], inputs[1]);
}

Tensor Concat::join(std::span<const Tensor> inputs) {
  return ops::cat({inputs.begin(), inputs.end()}, dim_);
}

std::string Concat::describe() const { return concat("Concat(dim=", dim_, ")"); }

}  // namespace tinytorch::nn
