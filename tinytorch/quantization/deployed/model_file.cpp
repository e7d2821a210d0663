#include "tinytorch/quantization/deployed/model_file.h"

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/file_values.h"
#include "tinytorch/quantization/int8/code_limits.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

using file_values::codes_of;
using file_values::named;
using file_values::number;
using file_values::qparams;
using file_values::stored;
using file_values::stored_codes;
using file_values::values_of;
using train::SafeTensors;

constexpr const char* kFormat = "tinytorch.quantized.v2";

void add_layer(SafeTensors& file, const std::string& name, const QuantizedLinear& layer) {
  const std::int64_t out = layer.out_features();
  const Shape shape{out, layer.in_features()};
  file.tensors.push_back(
      stored_codes(name + ".weight", shape, layer.weight_codes(), layer.weight_bits()));
  file.tensors.push_back(
      stored<float>(name + ".weight_scale", "F32", Shape{out}, layer.weight_scales()));
  file.tensors.push_back(stored<std::int32_t>(name + ".bias", "I32", Shape{out}, layer.bias()));
  const auto add = [&](const char* key, const auto& value) {
    file.metadata.emplace_back(name + key, concat(value));
  };
  add(".in", layer.in_features());
  add(".weight_bits", layer.weight_bits());
  add(".activation", quantization::name(layer.activation()));
  add(".dialect", quantization::name(layer.dialect()));
  add(".input_scale", layer.input().scale);
  add(".input_zero_point", layer.input().zero_point);
  add(".output_scale", layer.output().scale);
  add(".output_zero_point", layer.output().zero_point);
}

QuantizedLinear read_layer(const SafeTensors& file, const std::string& name, int activation_bits) {
  std::vector<float> scales = values_of<float>(file.tensor(name + ".weight_scale"), "F32");
  std::vector<std::int32_t> bias = values_of<std::int32_t>(file.tensor(name + ".bias"), "I32");
  const int bits = number<int>(file, name + ".weight_bits");
  const auto in = number<std::int64_t>(file, name + ".in");
  if (in < 1 || in > kMaxInputFeatures) throw Error(concat(name, ".in is ", in));
  const std::vector<std::int8_t> codes =
      codes_of(file.tensor(name + ".weight"), in * static_cast<std::int64_t>(scales.size()), bits);
  require_codes_fit(name + ".weight", codes, bits);
  require_bias_fits(name + ".bias", bias);
  QuantizedLinear layer(codes, std::move(scales), std::move(bias), qparams(file, name + ".input"),
                        bits,
                        named(file, name + ".activation",
                              {Activation::kNone, Activation::kRelu, Activation::kRelu6}));
  layer.set_output(qparams(file, name + ".output"), full_range(activation_bits),
                   named(file, name + ".dialect", {Dialect::kOrt, Dialect::kTflite}));
  return layer;
}

}  // namespace

void save_quantized(const std::string& path, const QuantizedModel& model) {
  SafeTensors file;
  file.metadata = {{"format", kFormat},
                   {"layers", concat(model.layers().size())},
                   {"activation_bits", concat(model.activation_bits())}};
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    add_layer(file, std::to_string(i), model.layers()[i]);
  }
  train::write_safetensors(path, file);
}

QuantizedModel load_quantized(const std::string& path) {
  const SafeTensors file = train::read_safetensors(path);
  try {
    if (file.value("format") != kFormat) throw Error(concat("format is ", file.value("format")));
    const int activation_bits = number<int>(file, "activation_bits");
    if (activation_bits < 2 || activation_bits > 8)
      throw Error(concat(activation_bits, " activation bits"));
    const auto count = number<std::size_t>(file, "layers");
    if (count > file.tensors.size()) throw Error(concat(count, " layers"));
    std::vector<QuantizedLinear> layers;
    for (std::size_t i = 0; i < count; ++i) {
      layers.push_back(read_layer(file, std::to_string(i), activation_bits));
    }
    return {std::move(layers), activation_bits};
  } catch (const Error& error) {
    throw Error(
        concat(path, ": ", error.what(), " (not a quantized model written by save_quantized?)"));
  }
}

}  // namespace tinytorch::quantization
