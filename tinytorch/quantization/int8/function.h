#pragma once
// A function of one number, as a deployed network names it: what stands behind a table of 256
// codes (code_table.h). Given.

#include <string_view>

namespace tinytorch::quantization {

enum class FunctionKind {
  kRelu,
  kLeakyRelu,    // a: the slope below 0
  kClip,         // min(max(x, a), b)
  kSigmoid,      // 1 / (1 + e^-x)
  kHardsigmoid,  // min(max(x/6 + 1/2, 0), 1)
  kHardswish,    // x · hardsigmoid(x)
  kSilu,         // x · sigmoid(x)
  kTanh,
  kGelu,      // x · (1 + erf(x/√2)) / 2
  kGeluTanh,  // x · (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2
};

struct Function {
  FunctionKind kind = FunctionKind::kRelu;
  float a = 0.0f;
  float b = 0.0f;
  bool operator==(const Function&) const = default;
};

constexpr std::string_view name(FunctionKind kind) {
  switch (kind) {
    case FunctionKind::kRelu:
      return "relu";
    case FunctionKind::kLeakyRelu:
      return "leaky_relu";
    case FunctionKind::kClip:
      return "clip";
    case FunctionKind::kSigmoid:
      return "sigmoid";
    case FunctionKind::kHardsigmoid:
      return "hardsigmoid";
    case FunctionKind::kHardswish:
      return "hardswish";
    case FunctionKind::kSilu:
      return "silu";
    case FunctionKind::kTanh:
      return "tanh";
    case FunctionKind::kGelu:
      return "gelu";
    case FunctionKind::kGeluTanh:
      return "gelu_tanh";
  }
  return "unknown";
}

inline constexpr FunctionKind kFunctionKinds[] = {
    FunctionKind::kRelu,    FunctionKind::kLeakyRelu,   FunctionKind::kClip,
    FunctionKind::kSigmoid, FunctionKind::kHardsigmoid, FunctionKind::kHardswish,
    FunctionKind::kSilu,    FunctionKind::kTanh,        FunctionKind::kGelu,
    FunctionKind::kGeluTanh};

// Functions of straight lines in float32, in the order of ONNX's operators. The others in double,
// rounded once: no library's float exponential decides a code.
float value_of(const Function& function, float x);

}  // namespace tinytorch::quantization
