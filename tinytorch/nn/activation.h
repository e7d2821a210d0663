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

// x where x > 0, slope · x elsewhere.
class LeakyReLU : public Module {
 public:
  // Throws Error on a slope that is not finite.
  explicit LeakyReLU(float slope = 0.01f);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "LeakyReLU(slope=0.01)"
  float slope() const { return slope_; }

 private:
  float slope_;
};

// min(max(x, low), high). The gradient passes at both ends, as in ops::clamp.
class Hardtanh : public Module {
 public:
  // Throws Error unless both are finite and low < high.
  explicit Hardtanh(float low = -1.0f, float high = 1.0f);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "Hardtanh(-1, 1)"
  float low() const { return low_; }
  float high() const { return high_; }

 private:
  float low_;
  float high_;
};

// min(max(x/6 + 1/2, 0), 1).
class Hardsigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Hardsigmoid()"; }
};

// x · hardsigmoid(x).
class Hardswish : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Hardswish()"; }
};

// x · σ(x), also called swish.
class SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "SiLU()"; }
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
