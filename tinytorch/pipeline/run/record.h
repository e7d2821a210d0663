#pragma once
// What a run leaves behind about its model: result.json (gate/result.h).

#include <map>
#include <string>

#include "tinytorch/pipeline/gate/result.h"
#include "tinytorch/pipeline/run/figures.h"

namespace tinytorch::pipeline {

// Recipe, scheme, hashes and versions; modes, files and counts come later.
ModelResult record_of(const Job& job);
// Layers and tensors of a form that is a network of integers: noise, clipping, what the metric
// loses with this layer's weights alone in integers, and how values lie on their grids.
void describe_layers(const Job& job, const nn::Module& trained, const Deployed& deployed,
                     ModelResult& record);
// SHA-256 of calibration draw 0.
std::string calibration_hash(const Job& job);
// A file beside result.json, with its hash.
FileRecord file_record(const std::filesystem::path& folder, const std::string& role,
                       const std::string& name);

}  // namespace tinytorch::pipeline
