#include "tinytorch/quantization/qat_node.h"

#include "tinytorch/core/error.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::quantization {

std::optional<QatNode> own_node(const std::shared_ptr<nn::Module>& layer, const std::string& path,
                                std::size_t value) {
  const auto refuse = [&](const char* why) {
    throw Error(concat("match_network: ", path, ", ", layer->describe(), ", ", why));
  };
  QatNode node{.path = path, .inputs = {value}};
  if ((node.conv = std::dynamic_pointer_cast<nn::Conv2d>(layer)) != nullptr) {
    node.kind = QatKind::kConv;
  } else if ((node.linear = std::dynamic_pointer_cast<nn::Linear>(layer)) != nullptr) {
    node.kind = QatKind::kLinear;
    if (!node.linear->bias().defined()) refuse("has no bias");
  } else if (const auto* largest = dynamic_cast<const nn::MaxPool2d*>(layer.get())) {
    node.kind = QatKind::kMaxPool;
    node.pool = largest->options();
  } else if (const auto* mean = dynamic_cast<const nn::AvgPool2d*>(layer.get())) {
    node.kind = QatKind::kAveragePool;
    node.pool = mean->options();
  } else if (const auto* whole = dynamic_cast<const nn::AdaptiveAvgPool2d*>(layer.get())) {
    node.kind = QatKind::kAveragePool;
    node.pool = {0, 1, 0};
    if (whole->height() * whole->width() != 1) refuse("has no integer form; only (1, 1) does");
  } else if (dynamic_cast<const nn::Flatten*>(layer.get()) != nullptr) {
    const bool usual = layer->describe() == nn::Flatten().describe();
    if (!usual) refuse("has no integer form; only Flatten(1) does");
  } else {
    return std::nullopt;
  }
  return node;
}

}  // namespace tinytorch::quantization
