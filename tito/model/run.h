#pragma once
// What the verbs that run a recipe share: their options, and how a result is shown.

#include <string>
#include <vector>

#include "tinytorch/pipeline/run/run_recipe.h"

namespace tito::model {

inline constexpr const char* kRunUsage =
    "RECIPE [--smoke] [--resume] [--quiet] [--out DIR] [--checkpoint-every SECONDS]\n"
    "  --smoke    the recipe's small variant: under a minute, for CI\n"
    "  --resume   go on where a run was stopped (Ctrl-C, kill, a full disk)\n"
    "  --checkpoint-every SECONDS  at most so much work is lost; 5 without, and each epoch's end\n"
    "  --quiet    no progress on standard error\n"
    "  --out DIR  where its files go; build/models/NAME without\n"
    "Exit status: 0 passed, 1 over budget, 2 usage or file, 3 our own failure.\n";

// Parses, runs up to `last` and shows the table of forms. Returns the exit status.
int run_up_to(const std::vector<std::string>& arguments, tinytorch::pipeline::LastStep last);

}  // namespace tito::model
