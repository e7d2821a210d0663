#pragma once
// Where a run keeps what it makes.

#include <filesystem>

#include "tinytorch/pipeline/recipe/recipe.h"
#include "tinytorch/pipeline/run/run_recipe.h"

namespace tinytorch::pipeline {

// options.folder, or build/models/<name>, "-smoke" behind a smoke run.
std::filesystem::path folder_of(const Recipe& recipe, const RunOptions& options);

// Makes the folder and, in it, state/; without options.resume what an earlier run left in state/
// goes. Throws Error naming the folder when it cannot be written to, before anything is trained.
std::filesystem::path ready_folder(const Recipe& recipe, const RunOptions& options);

}  // namespace tinytorch::pipeline
