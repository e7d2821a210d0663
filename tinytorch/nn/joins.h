#pragma once
// Layers of several inputs: what makes a network more than a chain. They stand in a Graph
// (graph.h), which hands each of them its inputs. Given (joins.cpp).

#include <cstddef>
#include <span>
#include <string>

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

class Join : public Module {
 public:
  virtual Tensor join(std::span<const Tensor> inputs) = 0;
  // How many inputs it takes, at least and at most.
  virtual std::size_t fewest_inputs() const { return 2; }
  virtual std::size_t most_inputs() const { return 2; }
  // One input is too few: throws Error "Add(): takes 2 inputs; …".
  Tensor forward(const Tensor& x) override;
};

// a + b of one shape: nothing is broadcast, as in Residual. All joins throw Error naming the shapes
// that do not fit.
class Add : public Join {
 public:
  Tensor join(std::span<const Tensor> inputs) override;
  std::string describe() const override { return "Add()"; }
};

// a · b over the broadcast shape: [N, C, H, W] times the gate [N, C, 1, 1] of a squeeze-and-excite
// block (Hu et al., "Squeeze-and-excitation networks", 2018), in either order.
class Multiply : public Join {
 public:
  Tensor join(std::span<const Tensor> inputs) override;
  std::string describe() const override { return "Multiply()"; }
};

// max(a, b) of one shape.
class Maximum : public Join {
 public:
  Tensor join(std::span<const Tensor> inputs) override;
  std::string describe() const override { return "Maximum()"; }
};

// One after the other along `dim`, which counts from the end when negative; any number from 1.
class Concat : public Join {
 public:
  explicit Concat(std::int64_t dim = 1) : dim_(dim) {}
  Tensor join(std::span<const Tensor> inputs) override;
  std::size_t fewest_inputs() const override { return 1; }
  std::size_t most_inputs() const override { return static_cast<std::size_t>(-1); }
  std::string describe() const override;  // "Concat(dim=1)"
  std::int64_t dim() const { return dim_; }

 private:
  std::int64_t dim_;
};

}  // namespace tinytorch::nn
