#pragma once
// Activation functions as layers: no parameters, the formulas are ops' (autograd/activation.h).
// Given (activation.cpp).

#include "tinytorch/autograd/activation.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ReLU()"; }
};

// min(max(x, 0), 6).
class ReLU6 : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ReLU6()"; }
};

class GELU : public Module {
 public:
  explicit GELU(ops::Gelu form = ops::Gelu::kExact) : form_(form) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  ops::Gelu form() const { return form_; }

 private:
  ops::Gelu form_;
};

class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Sigmoid()"; }
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Tanh()"; }
};

// Along `dim`, which counts from the end when negative.
class Softmax : public Module {
 public:
  explicit Softmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  std::int64_t dim() const { return dim_; }

 private:
  std::int64_t dim_;
};

}  // namespace tinytorch::nn
