#pragma once
// From layers to nodes: what float_model and dynamic_model are put together from. Internal to the
// export.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include "tinytorch/autograd/activation.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {

// What flows through the graph.
struct GraphValue {
  std::string name;
  std::int64_t rank;
};

// Adds the nodes of a model's layers to a ModelBuilder. `path` is where a layer stands
// ("model.3.body"); nodes and constants are named after it.
class ModuleNodes {
 public:
  // weight_bits: of layers that quantize on the fly; without it they stay in float.
  explicit ModuleNodes(ModelBuilder& model, std::optional<int> weight_bits = {})
      : model_(model), weight_bits_(weight_bits) {}

  // The nodes of `module` on `in`. Throws Error naming path and kind when there is no form for it.
  GraphValue add(const nn::Module& module, const GraphValue& in, const std::string& path);

  ModelBuilder& model() { return model_; }
  const ModelBuilder& model() const { return model_; }
  std::optional<int> weight_bits() const { return weight_bits_; }

  // The causal mask of the longest text, a constant that all attentions of a Gpt share. Throws
  // Error when it was not set: an attention outside a Gpt has no longest text.
  void set_causal_mask(std::string name) { causal_mask_ = std::move(name); }
  const std::string& causal_mask() const;

  // The result of one node, named after `path`, of the rank of `like` or of another one.
  GraphValue node(const std::string& op_type, const std::vector<std::string>& inputs,
                  const std::string& path, std::int64_t rank,
                  const std::vector<Attribute>& attributes = {});
  // Constants, named after `path`; the name.
  std::string constant(const std::string& path, const Tensor& values);
  std::string constant(const std::string& path, const std::vector<std::int64_t>& values);
  std::string constant(const std::string& path, float value);

 private:
  ModelBuilder& model_;
  std::optional<int> weight_bits_;
  std::string causal_mask_;
};

// How a kind of layer becomes nodes; nothing when `module` is of another kind.
using AddLayer = std::function<std::optional<GraphValue>(
    ModuleNodes&, const nn::Module& module, const GraphValue& in, const std::string& path)>;

// Of exactly this kind: a class derived from it may compute something else.
template <typename Layer>
AddLayer add_layer(GraphValue (*add)(ModuleNodes&, const Layer&, const GraphValue&,
                                     const std::string&)) {
  return [add](ModuleNodes& nodes, const nn::Module& module, const GraphValue& in,
               const std::string& path) -> std::optional<GraphValue> {
    if (typeid(module) != typeid(Layer)) return std::nullopt;
    return add(nodes, static_cast<const Layer&>(module), in, path);
  };
}

std::vector<AddLayer> plain_layers();
std::vector<AddLayer> image_layers();
std::vector<AddLayer> dynamic_layers();
std::vector<AddLayer> transformer_layers();
std::vector<AddLayer> graph_layers();

// x·Wᵀ + b of a weight [out, in] for x of any rank.
GraphValue add_linear(ModuleNodes& nodes, const Tensor& weight, const Tensor& bias,
                      const GraphValue& in, const std::string& path);

GraphValue add_gelu(ModuleNodes& nodes, ops::Gelu form, const GraphValue& in,
                    const std::string& path);

}  // namespace tinytorch::onnx
