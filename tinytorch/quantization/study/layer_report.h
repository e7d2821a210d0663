#pragma once
// Every layer of a network at a glance: what quantizing did to its weights and to its outputs, and
// how often the deployed integers and a simulation in float disagree. Given; it runs diagnose()
// (sensitivity.h) over a whole network.

#include <span>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/qat/qat_graph.h"

namespace tinytorch::quantization {

// One convolution, linear layer, function of one number, product, maximum, concatenation or float
// island. Sums, pools and Flatten have no row.
struct LayerReport {
  std::string path;
  std::string kind{};           // kind_name(): "conv", "hardswish", "multiply", "float softmax"
  int weight_bits = 8;          // 0 of what has no weights
  double weight_sqnr_db = 0.0;  // batch norm folded in, all rows together; infinity without noise
  // Of the real outputs that the node's own inputs stand for, behind the activation: what the step
  // and the ends of the output grid cost, not what earlier layers lost.
  double output_sqnr_db = 0.0;
  double clipped = 0.0;  // share of the outputs
  int dead_levels = 0;   // output codes that no output received, of `levels`
  int levels = 0;        // an activation may leave fewer than the grid has
  // Share of the output codes that the simulation writes otherwise; 0 of what has no weights, which
  // the simulation computes as the network does.
  double differ = 0.0;
};

// Deploys the calibrated `net` and runs x [N, …] through it. Throws Error before calibration and
// when x holds nothing.
std::vector<LayerReport> report_layers(const QatNetwork& net, const Tensor& x);

// A line for each layer under a line of headings, the kind beside the path where it has no weights.
// Paths of up to 14 letters fit in 80 columns.
std::string layer_table(std::span<const LayerReport> layers);

}  // namespace tinytorch::quantization
