#include "tinytorch/quantization/model_file.h"

#include <charconv>
#include <cstring>
#include <initializer_list>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/integer_linear.h"
#include "tinytorch/quantization/packing.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

using train::SafeTensors;
using train::StoredTensor;

constexpr const char* kFormat = "tinytorch.quantized.v2";

template <typename T>
StoredTensor stored(std::string name, const char* dtype, Shape shape, std::span<const T> values) {
  std::string bytes(values.size_bytes(), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size_bytes());
  return {std::move(name), dtype, std::move(shape), std::move(bytes)};
}

template <typename T>
std::vector<T> values_of(const StoredTensor& tensor, const char* dtype) {
  if (tensor.dtype != dtype) {
    throw Error(concat(tensor.name, " is ", tensor.dtype, ", expected ", dtype));
  }
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
  return values;
}

// A number that must be all of the metadata's value.
template <typename Number>
Number number(const SafeTensors& file, const std::string& key) {
  const std::string& text = file.value(key);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(concat("metadata ", key, " is \"", text, "\", expected a number"));
  }
  return value;
}

QParams qparams(const SafeTensors& file, const std::string& key) {
  return {number<float>(file, key + "_scale"), number<std::int32_t>(file, key + "_zero_point")};
}

// The one of `values` whose name() stands in the metadata.
template <typename Value>
Value named(const SafeTensors& file, const std::string& key, std::initializer_list<Value> values) {
  const std::string& text = file.value(key);
  for (const Value value : values) {
    if (text == name(value)) return value;
  }
  throw Error(concat("metadata ", key, " is \"", text, "\", which means nothing here"));
}

void add_layer(SafeTensors& file, const std::string& name, const QuantizedLinear& layer) {
  const std::int64_t out = layer.out_features();
  const auto codes = layer.weight_codes();
  if (layer.weight_bits() == 8) {
    file.tensors.push_back(
        stored<std::int8_t>(name + ".weight", "I8", Shape{out, layer.in_features()}, codes));
  } else {
    const std::vector<std::uint8_t> packed = pack_codes(codes, layer.weight_bits());
    const Shape shape{static_cast<std::int64_t>(packed.size())};
    file.tensors.push_back(stored<std::uint8_t>(name + ".weight", "U8", shape, packed));
  }
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
  const StoredTensor& weight = file.tensor(name + ".weight");
  const std::vector<std::int8_t> codes =
      bits == 8 ? values_of<std::int8_t>(weight, "I8")
                : unpack_codes(values_of<std::uint8_t>(weight, "U8"),
                               in * static_cast<std::int64_t>(scales.size()), bits);
  if (static_cast<std::int64_t>(codes.size()) != in * static_cast<std::int64_t>(scales.size())) {
    throw Error(
        concat(name, ".weight has ", codes.size(), " codes, expected ", scales.size(), " x ", in));
  }
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
