#pragma once
// The recipe that `tito model new` writes.

#include <string>

namespace tinytorch::pipeline {

// A recipe for a model of this name that runs as it is, with every key: those that matter first
// are set, the others stand there as comments with their defaults. Throws Error on a name that a
// recipe may not have.
std::string new_recipe(const std::string& name);

}  // namespace tinytorch::pipeline
