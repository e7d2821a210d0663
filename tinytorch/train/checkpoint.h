#pragma once
// Checkpoints: a model, and what it takes to go on training it, in one safetensors file.
// Given (checkpoint.cpp).

#include <string>
#include <utility>
#include <vector>

#include "tinytorch/nn/module.h"
#include "tinytorch/optim/optimizer.h"

namespace tinytorch::train {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// The model's tensors under their own names, so that other tools can read them, and the optimizer's
// state, if one is given, under "optimizer." + name. The file is written whole or not at all.
// Throws Error when a tensor of the model has a name that begins so.
void save_checkpoint(const std::string& path, const nn::Module& model,
                     const optim::Optimizer* optimizer = nullptr, const Metadata& metadata = {});

// Copies a checkpoint into a model of the same structure, and into the optimizer when one is given;
// without one, saved optimizer state is passed over. Returns the metadata. Throws Error naming the
// file and every missing, unknown or differently shaped tensor; model and optimizer are then as
// before.
Metadata load_checkpoint(const std::string& path, nn::Module& model,
                         optim::Optimizer* optimizer = nullptr);

}  // namespace tinytorch::train
