#include "tinytorch/train/checkpoint.h"

#include "tinytorch/core/error.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::train {
namespace {

constexpr std::string_view kOptimizerPrefix = "optimizer.";

std::vector<nn::NamedTensor> copy_of(const std::vector<nn::NamedTensor>& state) {
  std::vector<nn::NamedTensor> copy;
  copy.reserve(state.size());
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.clone());
  return copy;
}

}  // namespace

void save_checkpoint(const std::string& path, const nn::Module& model,
                     const optim::Optimizer* optimizer, const Metadata& metadata) {
  SafeTensors content;
  content.metadata = metadata;
  for (const auto& [name, tensor] : model.state_dict()) {
    if (name.starts_with(kOptimizerPrefix)) {
      throw Error(
          concat("checkpoint: the model's tensor ", name, " has the name of optimizer state"));
    }
    content.tensors.push_back(store(name, tensor));
  }
  if (optimizer != nullptr) {
    for (const auto& [name, tensor] : optimizer->state()) {
      content.tensors.push_back(store(concat(kOptimizerPrefix, name), tensor));
    }
  }
  write_safetensors(path, content);
}

Metadata load_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer* optimizer) {
  const SafeTensors content = read_safetensors(path);
  std::vector<nn::NamedTensor> model_state;
  std::vector<nn::NamedTensor> optimizer_state;
  for (const StoredTensor& stored : content.tensors) {
    if (stored.name.starts_with(kOptimizerPrefix)) {
      optimizer_state.emplace_back(stored.name.substr(kOptimizerPrefix.size()), restore(stored));
    } else {
      model_state.emplace_back(stored.name, restore(stored));
    }
  }
  const std::vector<nn::NamedTensor> before = copy_of(model.state_dict());
  try {
    model.load_state_dict(model_state);
    if (optimizer != nullptr) optimizer->load_state(optimizer_state);
  } catch (const Error& error) {
    model.load_state_dict(before);
    throw Error(concat(path, ": ", error.what()));
  }
  return content.metadata;
}

}  // namespace tinytorch::train
