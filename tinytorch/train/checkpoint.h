#pragma once
// Checkpoints: a model, and all that it takes to go on training it bit for bit, in one safetensors
// file. Given (checkpoint.cpp).

#include <string>
#include <utility>
#include <vector>

#include "tinytorch/core/state.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/optim/optimizer.h"

namespace tinytorch::train {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// What takes part in training besides the model, each under a name of its own:
//   {{"optimizer", &optimizer}, {"trainer", &trainer}, {"loader", &loader}}
// A Trainer's state holds its callbacks'. A GradualPruner or a WeightQat that no Trainer knows is a
// part like any other. What is not named is not saved.
using Parts = std::vector<std::pair<std::string, Stateful*>>;

// The model's tensors under their own names, so that other tools can read them; what its modules
// remember besides (dropout's random stream, observers, phase and steps of a QatNetwork) under
// "training.model.<path>.…", each part's state under "training.<name>.…", default_rng() under
// "training.default_rng.…". The file is written whole or not at all. Throws Error when a tensor of
// the model has a name that begins with "training.", and on a part that is null, "model",
// "default_rng", or named twice.
void save_checkpoint(const std::string& path, const nn::Module& model, const Parts& parts,
                     const Metadata& metadata = {});
// With the optimizer alone, or nothing; then default_rng() is left out too.
void save_checkpoint(const std::string& path, const nn::Module& model,
                     const optim::Optimizer* optimizer = nullptr, const Metadata& metadata = {});

// Copies a checkpoint into objects of the same structure, made anew, say: training goes on as if it
// had not been interrupted. Returns the metadata. Throws Error naming the file and every entry that
// is missing, unknown or does not fit; everything is then as before. The parts must be those that
// were saved. A file without the mark of this format (version 2; version 1 did not hold learning
// rate, dropout, observers or loaders) is refused: load_weights() reads its model.
Metadata load_checkpoint(const std::string& path, nn::Module& model, const Parts& parts);
// Without an optimizer, the states of all saved parts are passed over; with one, other parts are
// unknown entries.
Metadata load_checkpoint(const std::string& path, nn::Module& model,
                         optim::Optimizer* optimizer = nullptr);

// The model's parameters and buffers alone, from a checkpoint of any version or any other
// safetensors file, for use or for new training; what is not F32 is converted as restore() does
// (safetensors.h). Entries that begin with "training." or "optimizer." are passed over.
// Throws Error naming the file and every other tensor that is missing, unknown or does not fit.
void load_weights(const std::string& path, nn::Module& model);

}  // namespace tinytorch::train
