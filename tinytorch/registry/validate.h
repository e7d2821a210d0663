#pragma once
// Everything that can be wrong with a registry, all at once.

#include <filesystem>
#include <string>
#include <vector>

namespace tinytorch::registry {

struct Finding {
  std::string place;    // "models[2].quant_mode", "digits_mlp", "stray.onnx"
  std::string problem;  // one sentence
};

// Empty where all is well. Checked are the schema; ids that stand twice; of the float and the int8
// model of every entry that it lies in the folder, is not too large, has the entry's hash, allowed
// operators and operator set, and no values elsewhere; that an int8 model computes as its mode
// says; the sidecar's schema, its agreement with the entry, and with the model about the names of
// inputs and outputs; a sigstore bundle's path; and files that belong to no entry. `registry` is
// the file or its folder. Throws Error when the registry cannot be read at all.
std::vector<Finding> validate(const std::filesystem::path& registry);

}  // namespace tinytorch::registry
