// Inputs that somebody brings: an array of them, no targets.

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinytorch/core/at_place.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/npy.h"
#include "tinytorch/onnx/import/architecture.h"
#include "tinytorch/pipeline/data/sources.h"
#include "tinytorch/pipeline/run/weights.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::pipeline {
namespace {

// A .npy file, or the only tensor of a .safetensors file, or the one that is called "inputs".
Tensor read_inputs(const std::string& file) {
  if (file.ends_with(".npy")) return data::read_npy(file);
  if (!file.ends_with(".safetensors")) {
    throw Error(concat(file, ": expected a file .npy or .safetensors"));
  }
  const train::SafeTensors content = train::read_safetensors(file);
  return train::restore(content.tensors.size() == 1 ? content.tensors.front()
                                                    : content.tensor("inputs"));
}

}  // namespace

ModelData load_file(const Recipe& recipe) {
  const std::string file = beside(recipe, recipe.data.file);
  Tensor inputs = at_place(recipe.file + ": data.file", [&] { return read_inputs(file); });
  for (std::size_t i = 0; i < inputs.data().size(); ++i) {
    const float value = std::as_const(inputs).data()[i];
    if (!std::isfinite(value))
      throw Error(concat(file, ": value ", i, " is ", value, "; every input must be finite"));
  }
  if (inputs.ndim() >= 2 && inputs.size(0) < 2) {
    throw Error(
        concat(file, ": ", inputs.size(0),
               " rows; expected 2 or more, of which a part calibrates and the rest judges"));
  }
  if (inputs.ndim() < 2) {
    throw Error(concat(file, ": ", to_string(inputs.shape()), "; expected inputs [N, …]"));
  }
  if (!recipe.model.file.empty()) {
    const std::string architecture = beside(recipe, recipe.model.file);
    const auto imported = onnx::read_architecture(data::read_file(architecture), architecture);
    inputs = at_place(file, [&] { return onnx::arrange_inputs(imported, inputs); });
  }
  std::vector<std::string> groups;
  for (std::int64_t row = 0; row < inputs.size(0); ++row) groups.push_back(concat("row ", row));
  const std::vector<std::string> held = held_out(groups, recipe.data);
  std::vector<std::int64_t> train, fixture;
  for (std::int64_t row = 0; row < inputs.size(0); ++row) {
    const std::string& group = groups[static_cast<std::size_t>(row)];
    (std::binary_search(held.begin(), held.end(), group) ? fixture : train).push_back(row);
  }
  ModelData data;
  if (recipe.data.examples > 0 && static_cast<std::int64_t>(train.size()) > recipe.data.examples)
    train.resize(static_cast<std::size_t>(recipe.data.examples));
  const Tensor shown = rows_of(inputs, train);
  data.train = std::make_shared<data::TensorDataset>(shown, shown);
  data.fixture_inputs = rows_of(inputs, fixture);
  for (const std::int64_t row : train) data.train_groups.push_back(concat("row ", row));
  for (const std::int64_t row : fixture) data.fixture_groups.push_back(concat("row ", row));
  data.target = "what the float model answers";
  return data;
}

}  // namespace tinytorch::pipeline
