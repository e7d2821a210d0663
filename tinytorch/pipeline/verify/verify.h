#pragma once
// Do other runtimes compute what we compute? The files of a model, run elsewhere, against our own
// engine: what is integer bit for bit, what is float to 1e-5, and every difference counted.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/pipeline/gate/result.h"
#include "tinytorch/pipeline/verify/provider.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::pipeline {

// Largest difference of a float result, in units of the largest magnitude of ours.
inline constexpr double kFloatTolerance = 1e-5;

// A file, and what our engine answers to inputs as the file takes them. Empty: not verified.
struct VerifiedFile {
  std::string onnx;  // its bytes; one input "x", one output "y"
  std::function<Tensor(const Tensor&)> ours;
  bool has_float_layers = false;  // of a dynamic file: some layers were excluded
};

struct VerifyQuestion {
  Tensor inputs;  // [rows, …]
  VerifiedFile float_file;
  VerifiedFile static_file;  // QDQ: static, repaired or qat
  VerifiedFile dynamic_file;
  // Of the static file, for its layers one by one; may be null.
  const quantization::QuantizedNetwork* network = nullptr;
  Tensor network_inputs;  // the network's own, where the file standardizes what it takes
};

// With each provider, in this order:
//   float file      optimized (all): within kFloatTolerance                       required
//   static file     optimized (extended, all), each layer one integer kernel: bit for bit  required
//                   unoptimized (none): sums in float, a code may differ by one   counted
//   each layer      alone, codes in and out, optimized (all): bit for bit         required
//                   alone, unoptimized                                            counted
//   dynamic file    unoptimized: bit for bit                                      required
//                   optimized (all)                                               counted
// In a dynamic file with float layers, whose sums have an order of their own, a code behind one may
// be one off: such a file is counted only.
// Runtimes approximate exponentials, and sums of LayerNorm and Softmax are floats: such a layer of
// `network` alone may be one code off, and the whole file is then counted only; a note names them.
// Layers that read two values are not run alone and listed in a note. Where a provider is absent or
// cannot run a file, its record says what was not verified, and fails.
std::vector<VerifyRecord> verify(const VerifyQuestion& question,
                                 const std::vector<std::shared_ptr<Provider>>& providers);

// At least one record, and none of those required failed.
bool verified(const std::vector<VerifyRecord>& records);
// A line a record.
std::string to_text(const std::vector<VerifyRecord>& records);

}  // namespace tinytorch::pipeline
