#include "tinytorch/onnx/module_nodes.h"

#include <utility>

#include "tinytorch/core/error.h"

namespace tinytorch::onnx {
namespace {

std::vector<AddLayer> all_layers() {
  std::vector<AddLayer> all;
  for (const auto& some :
       {dynamic_layers(), plain_layers(), image_layers(), transformer_layers(), graph_layers()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace

GraphValue ModuleNodes::add(const nn::Module& module, const GraphValue& in,
                            const std::string& path) {
  static const std::vector<AddLayer> layers = all_layers();
  for (const AddLayer& layer : layers) {
    if (auto out = layer(*this, module, in, path)) return *out;
  }
  throw Error(concat("onnx: ", path, ", ", module.describe(),
                     ": there is no ONNX form for this kind of layer; put it together from layers "
                     "that float_model.h names"));
}

const std::string& ModuleNodes::causal_mask() const {
  if (!causal_mask_.empty()) return causal_mask_;
  throw Error(
      "onnx: causal attention outside a Gpt: its mask needs a longest text, which only the Gpt's "
      "context_length says");
}

GraphValue ModuleNodes::node(const std::string& op_type, const std::vector<std::string>& inputs,
                             const std::string& path, std::int64_t rank,
                             const std::vector<Attribute>& attributes) {
  const std::string name = identifier(path);
  model_.add_node(op_type, inputs, {name}, attributes);
  return {name, rank};
}

std::string ModuleNodes::constant(const std::string& path, const Tensor& values) {
  const std::string name = identifier(path);
  model_.add_initializer(name, values.shape().sizes(), std::as_const(values).data());
  return name;
}

std::string ModuleNodes::constant(const std::string& path,
                                  const std::vector<std::int64_t>& values) {
  const std::string name = identifier(path);
  model_.add_initializer(name, {static_cast<std::int64_t>(values.size())},
                         std::span<const std::int64_t>(values));
  return name;
}

std::string ModuleNodes::constant(const std::string& path, float value) {
  const std::string name = identifier(path);
  model_.add_scalar(name, value);
  return name;
}

}  // namespace tinytorch::onnx
