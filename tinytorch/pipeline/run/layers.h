#pragma once
// Layers of a recipe as modules. Internal to run/.

#include <memory>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

// The layers one after the other. `where` names them in errors: "recipes/cats.yaml: model.layers".
std::shared_ptr<nn::Sequential> make_layers(const std::vector<LayerSpec>& layers,
                                            const std::string& where, Rng& rng);

}  // namespace tinytorch::pipeline
