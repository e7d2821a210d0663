#pragma once
// Puts a model into a registry: files beside registry.json, hashes of what was put there.

#include <filesystem>
#include <optional>

#include "tinytorch/registry/entry.h"
#include "tinytorch/registry/sidecar.h"

namespace tinytorch::registry {

struct Addition {
  // id, kind, mode and texts; hashes, opset and the name of the file are found by add().
  Entry entry = {};
  Sidecar sidecar = {};                 // what it shares with the entry is filled in too
  std::filesystem::path float_model{};  // copied to <id>.onnx
  std::filesystem::path int8_model{};   // to <id>.int8.onnx; empty exactly when the mode is fp32
};

// An entry of the same id is replaced. Makes the folder, the registry and its schemas where there
// are none. Every file is written whole or not at all, the registry last: a run that is cut off
// leaves models that the registry refuses, never ones it mistakes. Returns the entry as it was
// written. `registry` is the file or its folder. Throws Error when a file cannot be read or
// written, uses an operator that is not allowed, the entry does not fit its schema, or its mode is
// qat or static and the calibration set is not named.
Entry add(const std::filesystem::path& registry, const Addition& addition);

}  // namespace tinytorch::registry
