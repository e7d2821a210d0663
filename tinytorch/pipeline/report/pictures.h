#pragma once
// The pictures of the page, as inline SVG. Internal to report/. Each is empty where there is
// nothing to show, and narrow: several stand side by side on a wide screen.

#include <string>

#include "tinytorch/pipeline/gate/result.h"

namespace tinytorch::pipeline {

// The drop of each mode with its interval, and the budget it must stay below.
std::string drop_picture(const ModelResult& result);
// Bytes of the float file and of each mode's.
std::string size_picture(const ModelResult& result);
// Time of int8 over time of float, with its interval, for each mode and runtime.
std::string latency_picture(const ModelResult& result);
// Signal to noise, clipped share and sensitivity of each layer: a picture each.
std::string layer_pictures(const ModelResult& result);
// How the values of a tensor are spread, with the ends of the range that its codes reach.
std::string histogram(const TensorRecord& tensor);

}  // namespace tinytorch::pipeline
