// The exported graph against the words of the recipe.

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/run/export_files.h"

namespace tinytorch::pipeline {
namespace {

using Initializers = std::map<std::string, const onnx::TensorProto*>;

[[noreturn]] void fail(const std::string& node, const std::string& what) {
  throw Error(concat("scheme: ", node, ": ", what));
}

std::vector<float> floats_of(const onnx::TensorProto& tensor) {
  if (tensor.raw_data().empty()) return {tensor.float_data().begin(), tensor.float_data().end()};
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  return values;
}

std::vector<int> bytes_of(const onnx::TensorProto& tensor) {
  if (tensor.raw_data().empty()) return {tensor.int32_data().begin(), tensor.int32_data().end()};
  std::vector<int> values;
  const bool is_signed = tensor.data_type() == onnx::TensorProto::INT8;
  for (const char c : tensor.raw_data()) {
    values.push_back(is_signed ? static_cast<int>(static_cast<signed char>(c))
                               : static_cast<int>(static_cast<unsigned char>(c)));
  }
  return values;
}

void check_weight(const std::string& node, const onnx::TensorProto& codes,
                  const onnx::TensorProto& scale, const onnx::TensorProto* zero, int widest,
                  const QuantizeSpec& wanted) {
  const std::vector<float> scales = floats_of(scale);
  const auto outputs = static_cast<std::size_t>(codes.dims_size() > 0 ? codes.dims(0) : 1);
  if (wanted.granularity == Granularity::kPerChannel && scales.size() != outputs) {
    fail(node,
         concat(scales.size(), " scales for ", outputs, " outputs, the recipe says per_channel"));
  }
  const bool one =
      std::all_of(scales.begin(), scales.end(), [&](float s) { return s == scales.front(); });
  if (wanted.granularity == Granularity::kPerTensor && !one)
    fail(node, "different scales, the recipe says per_tensor");
  if (zero != nullptr) {
    for (const int value : bytes_of(*zero))
      if (value != 0) fail(node, concat("weight zero-point ", value, ", the scheme is symmetric"));
  }
  for (const int code : bytes_of(codes)) {
    if (std::abs(code) > widest)
      fail(node, concat("weight code ", code, ", expected at most ±", widest));
  }
}

int widest_code(const QuantizeSpec& wanted) {
  std::int64_t bits = wanted.sensitivity.given ? wanted.sensitivity.widths.front() : 0;
  bits = std::max(bits, wanted.weight_bits);
  for (const LayerBits& rule : wanted.bits) bits = std::max(bits, rule.bits);
  return (1 << (bits - 1)) - 1;
}

void check_activation(const std::string& node, const onnx::TensorProto& zero,
                      const QuantizeSpec& wanted) {
  if (zero.data_type() != onnx::TensorProto::UINT8) fail(node, "activation codes are not uint8");
  for (const int value : bytes_of(zero)) {
    if (wanted.activations == Symmetry::kSymmetric && value != 128) {
      fail(node, concat("activation zero-point ", value,
                        ", the recipe says symmetric, which is 128 in uint8"));
    }
  }
}

}  // namespace

void require_scheme(const std::string& bytes, const Recipe& recipe) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes)) throw Error("scheme: the export is no ONNX model");
  Initializers constants;
  for (const auto& tensor : model.graph().initializer()) constants[tensor.name()] = &tensor;
  const auto constant = [&](const onnx::NodeProto& node, int input) -> const onnx::TensorProto* {
    if (node.input_size() <= input) return nullptr;
    const auto found = constants.find(node.input(input));
    return found == constants.end() ? nullptr : found->second;
  };
  const int widest = widest_code(recipe.quantize);
  std::int64_t weights = 0;
  for (const auto& node : model.graph().node()) {
    if (node.op_type() == "QuantizeLinear") {
      const auto* zero = constant(node, 2);
      if (zero == nullptr) fail(node.name(), "no zero-point: the codes' type is left open");
      check_activation(node.name(), *zero, recipe.quantize);
    }
    const auto* codes = node.op_type() == "DequantizeLinear" ? constant(node, 0) : nullptr;
    if (codes == nullptr || codes->data_type() != onnx::TensorProto::INT8) continue;
    const auto* scale = constant(node, 1);
    if (scale == nullptr) fail(node.name(), "the weight's scale is no constant");
    check_weight(node.name(), *codes, *scale, constant(node, 2), widest, recipe.quantize);
    ++weights;
  }
  if (weights == 0) throw Error("scheme: the export holds no quantized weight");
}

}  // namespace tinytorch::pipeline
