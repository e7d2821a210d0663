#pragma once
// One checker for every gradient: what backward() gives against finite differences.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tinytorch/autograd/ops.h"

namespace tinytorch::testing_support {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

// Weights that make one number of a tensor: no two alike, so that swapped elements show.
inline Tensor probe(const Shape& shape) {
  Tensor weights(shape);
  const std::span<float> values = weights.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::cos(1.0f + 1.7f * static_cast<float>(i));
  }
  return weights;
}

inline double probed(const Function& f, const std::vector<Tensor>& inputs) {
  const autograd::NoGradGuard no_grad;
  const Tensor out = f(inputs);
  const Tensor weights = probe(out.shape());
  double total = 0.0;
  for (std::size_t i = 0; i < out.data().size(); ++i) {
    total += static_cast<double>(out.data()[i]) * static_cast<double>(weights.data()[i]);
  }
  return total;
}

// The slope at one value, from steps h and h/2, so that the error is of fourth order in h.
inline double slope(const Function& f, const std::vector<Tensor>& inputs, float& value, float h) {
  const float centre = value;
  const auto difference = [&](float step) {
    value = centre + step;
    const double up = probed(f, inputs);
    value = centre - step;
    const double down = probed(f, inputs);
    const double width = static_cast<double>(centre + step) - static_cast<double>(centre - step);
    value = centre;
    return (up - down) / width;
  };
  return (4.0 * difference(h / 2) - difference(h)) / 3.0;
}

// f must be smooth within 0.02 of every input: keep away from the corners of relu, abs, max.
inline void expect_gradients(const Function& f, std::vector<Tensor> inputs,
                             double tolerance = 2e-3) {
  for (Tensor& input : inputs) input.set_requires_grad();
  const Tensor out = f(inputs);
  ops::sum(out * probe(out.shape())).backward();
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    ASSERT_TRUE(inputs[n].grad().defined()) << "input " << n << " received no gradient";
    const std::span<const float> grad = inputs[n].grad().data();
    for (std::size_t i = 0; i < grad.size(); ++i) {
      const double expected = slope(f, inputs, inputs[n].data()[i], 0.02f);
      EXPECT_NEAR(grad[i], expected, tolerance * std::max(1.0, std::abs(expected)))
          << "input " << n << " of shape " << to_string(inputs[n].shape()) << ", element " << i;
    }
  }
}

}  // namespace tinytorch::testing_support
