#pragma once
// Is what a registry says still so? Everything is measured again.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/registry/open.h"

namespace tinytorch::registry {

// One figure of one entry, as recorded and as measured now.
struct Audited {
  std::string id;
  std::string figure;    // "sha256", "fp32_bytes", "drop"
  std::string recorded;  // "" where the sidecar has none
  std::string measured;
  bool drifted = false;  // they differ, by more than the figure's tolerance
};

// What a model scores now; what only the pipeline knows, which has the data.
struct Measured {
  double fp32 = 0.0;
  double int8 = 0.0;
  double drop = 0.0;
  std::string missing{};  // why nothing was measured; empty: it was
};
// Nothing, where the entry's data cannot be had; the bytes are hashed already. `int8` is empty for
// an entry of mode fp32.
using Measure = std::function<std::optional<Measured>(
    const Entry& entry, const Sidecar& sidecar, const std::string& fp32, const std::string& int8)>;

// Of every entry: both hashes, both sizes, the number of parameters, and with `measure` metric and
// drop, which may move by `tolerance` (other instruction sets sum in another order). A file that
// cannot be opened is drift, with the error as what was measured.
std::vector<Audited> audit(const std::filesystem::path& registry, const Measure& measure = {},
                           double tolerance = 1e-4);

}  // namespace tinytorch::registry
