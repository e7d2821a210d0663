#pragma once
// Recipes from YAML.

#include <string>

#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

// Throws Error "recipes/cats.yaml:12: unknown key \"epoch\" in train. Did you mean epochs?" on
// anything that is not a recipe: a key that is unknown, missing or there twice, a value of another
// type or out of its range, and settings that contradict each other. At most 1 MB.
Recipe read_recipe(const std::string& path);
// The same from text; `name` is what messages call it.
Recipe parse_recipe(const std::string& text, const std::string& name);

}  // namespace tinytorch::pipeline
