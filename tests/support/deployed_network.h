#pragma once
// A small network, trained for a few steps, calibrated, and deployed in integers.

#include "tests/support/small_networks.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::small {

inline quantization::QuantizedNetwork deployed(const Example& example,
                                               const quantization::QConfig& config, Rng& rng) {
  const auto model = example.make(rng);
  train_a_little(*model, example.sample, 2, 0.05f, rng);
  const auto net = quantization::prepare_network(*model, config);
  net->eval();
  (void)net->forward(batch(example.sample, 64, rng));
  return quantization::convert_network(*net);
}

}  // namespace tinytorch::small
