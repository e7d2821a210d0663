#pragma once
// The recipe's JSON Schema (draft 2020-12), made of the list that the reader reads by.

#include <string>

namespace tinytorch::pipeline {

// What recipes/recipe.schema.json holds.
std::string recipe_schema();

}  // namespace tinytorch::pipeline
