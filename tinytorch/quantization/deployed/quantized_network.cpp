#include "tinytorch/quantization/deployed/quantized_network.h"

#include <utility>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/packing.h"
#include "tinytorch/quantization/deployed/detail/activation_plan.h"
#include "tinytorch/quantization/deployed/detail/node_result.h"

namespace tinytorch::quantization {
namespace {

std::string show(QParams grid) {
  return concat("scale ", grid.scale, ", zero-point ", grid.zero_point);
}

std::string label(std::size_t index, const QuantizedNode& node) {
  return concat("node ", index, " (", node.path, ")");
}

// Before anybody multiplies the three for real.
void require_few_codes(const std::string& place, const NetworkValue& value) {
  const auto codes = checked_product({value.height, value.width, value.channels});
  if (codes && *codes <= kMostCodes) return;
  throw Error(concat("QuantizedNetwork: ", place, " makes ", value.channels, " x ", value.height,
                     " x ", value.width, " codes; a value has at most ", kMostCodes));
}

}  // namespace

QuantizedNetwork::QuantizedNetwork(const Shape& sample, QParams input, int activation_bits,
                                   Dialect dialect, std::vector<QuantizedNode> nodes)
    : sample_(sample),
      activation_bits_(activation_bits),
      dialect_(dialect),
      nodes_(std::move(nodes)) {
  if (nodes_.empty()) throw Error("QuantizedNetwork: no nodes");
  const bool flat = sample.ndim() == 1;
  if ((!flat && sample.ndim() != 3) || sample.numel() < 1) {
    throw Error(concat("QuantizedNetwork: one input has shape ", to_string(sample),
                       "; expected [C, H, W] or [features]"));
  }
  require_qparams("QuantizedNetwork: the network's input", input);
  (void)full_range(activation_bits);
  values_.push_back({sample[0], flat ? 1 : sample[1], flat ? 1 : sample[2], flat, false, input});
  require_few_codes("the network's input", values_.back());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    values_.push_back(value_after(i));
    require_few_codes(label(i, nodes_[i]), values_.back());
  }
  if (values_.back().reordered) {
    throw Error(
        "QuantizedNetwork: ends in a Flatten, whose features lie in the image's order; let the "
        "network end before it");
  }
  plan();
  find_chains();
}

NetworkValue QuantizedNetwork::value_after(std::size_t index) const {
  const QuantizedNode& node = nodes_[index];
  const std::string place = concat("QuantizedNetwork: ", label(index, node));
  if (node.inputs.size() != input_count(node.op)) {
    throw Error(
        concat(place, " reads ", node.inputs.size(), " values, expected ", input_count(node.op)));
  }
  for (const std::size_t input : node.inputs) {
    if (input > index) throw Error(concat(place, " reads value ", input, ", which comes later"));
  }
  const std::vector<QParams> expected = expected_grids(node);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t input = node.inputs[i];
    if (values_[input].grid == expected[i]) continue;
    const std::string producer =
        input == 0 ? std::string("the network's input") : label(input - 1, nodes_[input - 1]);
    throw Error(concat(place, " reads codes with ", show(expected[i]), "; ", producer,
                       " writes them with ", show(values_[input].grid)));
  }
  std::vector<NetworkValue> read;
  for (const std::size_t input : node.inputs) read.push_back(values_[input]);
  return at_place(place, [&] { return result_of(node, read, dialect_); });
}

// A Flatten writes nothing: its value lies where its input lies, which lives as long as both.
void QuantizedNetwork::plan() {
  std::vector<std::size_t> buffer_of(values_.size());
  std::vector<Lifetime> buffers;
  for (std::size_t v = 0; v < values_.size(); ++v) {
    const auto step = static_cast<std::int64_t>(v);
    if (v > 0 && std::holds_alternative<QuantizedFlatten>(nodes_[v - 1].op)) {
      buffer_of[v] = buffer_of[nodes_[v - 1].inputs.front()];
    } else {
      buffer_of[v] = buffers.size();
      buffers.push_back({values_[v].codes(), step, step});
    }
    if (v == 0) continue;
    for (const std::size_t input : nodes_[v - 1].inputs) buffers[buffer_of[input]].last = step;
    buffers[buffer_of[v]].last = step;
  }
  const ActivationPlan planned = plan_activations(buffers);
  for (std::size_t v = 0; v < values_.size(); ++v) {
    values_[v].offset = planned.offsets[buffer_of[v]];
  }
  arena_ = planned.total;
}

void QuantizedNetwork::find_chains() {
  std::vector<std::size_t> readers(values_.size());
  for (const QuantizedNode& node : nodes_) {
    for (const std::size_t input : node.inputs) ++readers[input];
  }
  chain_.resize(nodes_.size());
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (!std::holds_alternative<QuantizedLinear>(nodes_[i].op)) continue;
    const bool goes_on =
        i + 1 < nodes_.size() && readers[i + 1] == 1 && nodes_[i + 1].inputs.front() == i + 1;
    chain_[i] = 1 + (goes_on ? chain_[i + 1] : 0);
  }
}

std::int64_t QuantizedNetwork::weight_bytes() const {
  std::int64_t bytes = 0;
  for (const QuantizedNode& node : nodes_) {
    if (const auto layer = layer_values(node)) {
      bytes += packed_bytes(static_cast<std::int64_t>(layer->weight.size()), layer->weight_bits);
    } else if (const auto* island = std::get_if<FloatIsland>(&node.op);
               island != nullptr && island->settings().is_layer()) {
      bytes += static_cast<std::int64_t>(island->settings().weight.size() * sizeof(float));
    }
  }
  return bytes;
}

}  // namespace tinytorch::quantization
