#include "tinytorch/registry/allow_list.h"

#include <algorithm>
#include <iterator>

namespace tinytorch::registry {

// Pure functions of their inputs: no control flow, no random numbers, no texts, nothing that reads
// a file or grows without bound.
const std::vector<std::string>& allowed_operators() {
  static const std::vector<std::string> operators{"Add",
                                                  "AveragePool",
                                                  "BatchNormalization",
                                                  "Cast",
                                                  "Clip",
                                                  "Concat",
                                                  "Constant",
                                                  "Conv",
                                                  "ConvInteger",
                                                  "DequantizeLinear",
                                                  "Div",
                                                  "Dropout",
                                                  "DynamicQuantizeLinear",
                                                  "Erf",
                                                  "Flatten",
                                                  "Gather",
                                                  "Gemm",
                                                  "GlobalAveragePool",
                                                  "GlobalMaxPool",
                                                  "HardSigmoid",
                                                  "HardSwish",
                                                  "Identity",
                                                  "LayerNormalization",
                                                  "LeakyRelu",
                                                  "MatMul",
                                                  "MatMulInteger",
                                                  "Max",
                                                  "MaxPool",
                                                  "Min",
                                                  "Mul",
                                                  "Pad",
                                                  "Pow",
                                                  "QLinearConv",
                                                  "QLinearMatMul",
                                                  "QuantizeLinear",
                                                  "ReduceMean",
                                                  "Relu",
                                                  "Reshape",
                                                  "Shape",
                                                  "Sigmoid",
                                                  "Slice",
                                                  "Softmax",
                                                  "Split",
                                                  "Sqrt",
                                                  "Squeeze",
                                                  "Sub",
                                                  "Sum",
                                                  "Tanh",
                                                  "Transpose",
                                                  "Unsqueeze"};
  return operators;
}

std::vector<std::string> refused_operators(const std::vector<std::string>& operators) {
  const std::vector<std::string>& allowed = allowed_operators();
  std::vector<std::string> refused;
  std::copy_if(operators.begin(), operators.end(), std::back_inserter(refused),
               [&](const std::string& op) {
                 return !std::binary_search(allowed.begin(), allowed.end(), op);
               });
  return refused;
}

}  // namespace tinytorch::registry
