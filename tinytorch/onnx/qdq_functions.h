#pragma once
// Functions of one number and float islands as ONNX operators. Internal to the export.

#include <string>

#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/quantization/deployed/float_island.h"
#include "tinytorch/quantization/int8/function.h"

namespace tinytorch::onnx {

// `from`, in float → `to`, in float: one operator where operator set 17 has it, a few where not
// (SiLU is Sigmoid and Mul, GELU is Erf or Tanh with what belongs to it). Other values are named
// "<name>_…".
void add_function(ModelBuilder& model, const std::string& name,
                  const quantization::Function& function, const std::string& from,
                  const std::string& to);

// The same for LayerNormalization and Softmax; `shape` is one sample's, without the batch.
void add_island(ModelBuilder& model, const std::string& name,
                const quantization::IslandSettings& settings,
                const std::vector<std::int64_t>& shape, const std::string& from,
                const std::string& to);

// `from` as it is, by an operator that runtimes do not look through when they search for groups to
// fuse: a Sum of one. What they fuse Mul and Softmax to (QLinearMul, QLinearSoftmax) rounds
// otherwise than the operators say.
void add_barrier(ModelBuilder& model, const std::string& from, const std::string& to);

}  // namespace tinytorch::onnx
