#pragma once
// Which operators a registry's models may use. One list for float and int8 files alike: whatever
// our own exports write must be on it, or a registry would refuse what it ships.

#include <string>
#include <vector>

namespace tinytorch::registry {

// Sorted; all of ONNX's own domain.
const std::vector<std::string>& allowed_operators();

// Those of `operators` ("Conv", "com.microsoft.Attention") that are not allowed.
std::vector<std::string> refused_operators(const std::vector<std::string>& operators);

}  // namespace tinytorch::registry
