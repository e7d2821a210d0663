#include "tests/fuzz/fuzz.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"

using namespace tinytorch;

FUZZ_TARGET(recipe) {
  fuzz::value_or_error([&] { pipeline::parse_recipe(std::string(bytes), "fuzzed.yaml"); });
}
