#pragma once
// Weights of a recipe's model from a safetensors file, whatever its tensors are called there.

#include <string>

#include "tinytorch/nn/module.h"
#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

// A path that a recipe names: beside the recipe where such a file is there, else as it is.
std::string beside(const Recipe& recipe, const std::string& path);

// The name that `rules` give a key; a key that no rule fits keeps its own. "" leaves it out.
std::string renamed(const std::vector<KeyRule>& rules, const std::string& key);

// Copies model.weights into the model, keys renamed by model.keys. Throws Error naming the file and
// every tensor that is missing, unknown, there twice or of another shape; the model is then as it
// was.
void load_weights(const Recipe& recipe, nn::Module& model);

}  // namespace tinytorch::pipeline
