#include "tinytorch/core/error.h"
#include "tinytorch/quantization/qat/qat.h"

namespace tinytorch::quantization {

void require_plain(const char* operation, const QConfig& config) {
  if (is_plain(config)) return;
  throw Error(
      concat(operation,
             ": a chain of linear layers takes one scale per channel, straight-through "
             "weights, blocked gradients and dialect ort, and the config asks for something "
             "else; use prepare_network and convert_network"));
}

void require_chain(const char* operation, const QatNetwork& net) {
  const std::vector<QatNode>& nodes = net.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const QatNode& node = nodes[i];
    if (node.kind == QatKind::kLinear && node.inputs.front() == i &&
        node.activation != Activation::kRelu6) {
      continue;
    }
    throw Error(
        concat(operation, ": node ", i, " (", node.path,
               ") must be a Linear, with at most a ReLU, that reads the node before it; use "
               "convert_network for networks of another shape"));
  }
}

}  // namespace tinytorch::quantization
