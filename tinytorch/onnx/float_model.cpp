#include "tinytorch/onnx/float_model.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/dynamic_model.h"
#include "tinytorch/onnx/module_nodes.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::onnx {
namespace {

// The graph's input, as the first layer takes it.
GraphValue add_input(ModelBuilder& model, const nn::Module& module, const Shape& sample,
                     bool int64_ids) {
  const bool is_gpt = dynamic_cast<const nn::Gpt*>(&module) != nullptr;
  std::vector<Dimension> shape{"batch"};
  if (is_gpt) {
    shape.emplace_back("tokens");
  } else {
    shape.insert(shape.end(), sample.sizes().begin(), sample.sizes().end());
  }
  const bool integers = is_gpt && int64_ids;
  model.add_input("x", integers ? ElementType::kInt64 : ElementType::kFloat, shape);
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (!is_gpt || integers) return {"x", rank};
  constexpr std::int64_t kInt64 = 7;  // TensorProto.INT64
  model.add_node("Cast", {"x"}, {"x_ids"}, {{"to", kInt64}});
  return {"x_ids", rank};
}

// Batches of any size. What inference does not find goes by a name.
std::vector<Dimension> output_shape(const ModelBuilder& model, const nn::Module& module,
                                    const GraphValue& out) {
  if (const auto* gpt = dynamic_cast<const nn::Gpt*>(&module)) {
    return {"batch", "tokens", gpt->config().vocab_size};
  }
  std::vector<Dimension> shape = model.inferred_shape(out.name);
  shape.resize(static_cast<std::size_t>(out.rank));
  shape.front() = "batch";
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (shape[i] == Dimension("") || shape[i] == Dimension(0)) shape[i] = concat("size", i);
  }
  return shape;
}

// (x − mean) / deviation of each feature, or of each channel of an image.
GraphValue add_scaler(ModelBuilder& model, const GraphValue& in, const Shape& sample,
                      const InputScaler& scaler) {
  if (scaler.mean.empty() && scaler.deviation.empty()) return in;
  const std::int64_t size = sample.ndim() == 0 ? 0 : sample[0];
  const auto count = static_cast<std::size_t>(size);
  if (scaler.mean.size() != count || scaler.deviation.size() != count) {
    throw Error(concat("float_model: a scaler of ", scaler.mean.size(), " means and ",
                       scaler.deviation.size(), " deviations for an input of ", to_string(sample)));
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(sample.ndim()), 1);
  shape.front() = size;
  model.add_initializer("input_mean", shape, std::span<const float>(scaler.mean));
  model.add_initializer("input_deviation", shape, std::span<const float>(scaler.deviation));
  model.add_node("Sub", {in.name, "input_mean"}, {"x_centred"});
  model.add_node("Div", {"x_centred", "input_deviation"}, {"x_standardized"});
  return {"x_standardized", in.rank};
}

ModelBuilder translated(const nn::Module& module, const Shape& sample,
                        const FloatModelOptions& options, std::optional<int> weight_bits) {
  ModelBuilder model("model");
  ModuleNodes nodes(model, weight_bits);
  const GraphValue in = add_scaler(model, add_input(model, module, sample, options.int64_ids),
                                   sample, options.scaler);
  const GraphValue out = nodes.add(module, in, "model");
  // A name of its own, so that the output is "y" whatever the last layer is called.
  model.add_node("Identity", {out.name}, {"y"});
  model.add_output("y", ElementType::kFloat, output_shape(model, module, out));
  return model;
}

}  // namespace

ModelBuilder float_model(const nn::Module& model, const Shape& sample,
                         const FloatModelOptions& options) {
  return translated(model, sample, options, std::nullopt);
}

ModelBuilder dynamic_model(const nn::Module& model, const Shape& sample,
                           const DynamicModelOptions& options) {
  return translated(model, sample, options.floats, options.weight_bits);
}

}  // namespace tinytorch::onnx
