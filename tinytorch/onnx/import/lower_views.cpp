// Operators that move nothing: they change how values are looked at, or are the identity.

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/lowering.h"

namespace tinytorch::onnx {

// What the operator does to the values' numbers, it does to their places.
void Lowering::look_at(const SourceNode& node) {
  const View x = placed(node, 0);
  const SourceTensor places{x.shape, full_order(x)};
  std::vector<const SourceTensor*> inputs{&places};
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    inputs.push_back(node.has_input(i) ? &constant(node, i, "setting") : nullptr);
  }
  const auto result = fold(node, inputs);
  if (!result) throw Error("cannot be followed");
  if (result->count() != places.count()) {
    throw Error(tinytorch::concat("takes ", static_cast<std::int64_t>(result->count()), " of ",
                                  static_cast<std::int64_t>(places.count()),
                                  " values; it would need a layer that takes a part, and its "
                                  "integer form"));
  }
  if (result->shape.empty() || x.shape.empty() || result->shape[0] != x.shape[0]) {
    throw Error(tinytorch::concat("makes ", describe(result->shape), " of ", describe(x.shape),
                                  "; dimension 0, the batch, must stay"));
  }
  const std::int64_t sample =
      result->shape[0] == 0 ? 1 : static_cast<std::int64_t>(places.count()) / result->shape[0];
  for (std::size_t i = 0; i < result->count(); ++i) {
    if (result->integers()[i] / sample != static_cast<std::int64_t>(i) / sample) {
      throw Error("mixes the samples of a batch");
    }
  }
  const ValuePtr& source = input(node, 0);
  define(node, {x.value, result->shape, short_order(result->integers())},
         source->can_absorb && source->uses == 1);
}

void Lowering::same(const SourceNode& node) {
  if (node.op == "Dropout" && node.has_input(2)) {
    const SourceTensor& training = constant(node, 2, "training_mode");
    const bool on = !training.is_float() && training.count() == 1 && training.integers()[0] != 0;
    if (on) throw Error("training_mode is true; export the model for inference");
  }
  values_[node.outputs[0]] = input(node, 0);
  values_[node.outputs[0]]->uses += uses_[node.outputs[0]] - 1;
}

// Of what the network computes, which is float: to float only.
void Lowering::cast(const SourceNode& node) {
  constexpr std::int64_t kFloat = 1;
  if (node.integer("to", 0) != kFloat) {
    throw Error(tinytorch::concat("casts to element type ", node.integer("to", 0),
                                  "; networks here compute in float"));
  }
  same(node);
}

}  // namespace tinytorch::onnx
