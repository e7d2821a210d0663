#pragma once
// What each layer costs at each width, and the widths that a budget of bits allows.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tinytorch/nn/module.h"
#include "tinytorch/pipeline/run/job.h"

namespace tinytorch::pipeline {

struct LayerSensitivity {
  std::string path;
  std::int64_t weights = 0;
  std::vector<double> cost{};  // of each width in quantize.sensitivity.widths, on top of the widest
  int bits = 8;                // given to it
};

// Every layer at the widest width but one, and that one at each width in turn; a cost is the mean
// squared difference of the static network's outputs to the float model's, on calibration draw 0
// (leave_one_out). Then bits for the least total cost within bits_per_weight on average
// (allocate_bits). The fixture is not looked at: the gate has it.
// Layers that are excluded stay out of it.
std::vector<LayerSensitivity> sensitivity_of(const Job& job, const nn::Module& trained);
// One line: "sensitivity of 3: 2048 weights, 6 bits; costs 0 0.0012".
std::string to_text(const LayerSensitivity& layer);

}  // namespace tinytorch::pipeline
