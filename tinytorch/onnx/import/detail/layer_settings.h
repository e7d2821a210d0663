#pragma once
// Layers by the name of their kind and their settings. Internal to the architecture's file.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tinytorch/nn/module.h"

namespace tinytorch::onnx {

using Setting = std::variant<std::int64_t, float, std::vector<std::int64_t>>;
using Settings = std::map<std::string, Setting>;

// {"Conv2d", {{"in", 3}, …}}. Throws Error on a layer that has no name here.
std::pair<std::string, Settings> settings_of(const nn::Module& layer);

// The layer with weights of 0. Throws Error on an unknown kind and on settings that are missing, of
// another type or not known to it.
std::shared_ptr<nn::Module> make_layer(const std::string& kind, const Settings& settings);

}  // namespace tinytorch::onnx
