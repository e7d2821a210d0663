#pragma once
// The attributes of ONNX's operators that slide windows over images. Internal to the export.

#include <vector>

#include "tinytorch/core/extent.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {

struct WindowSizes {
  Extent2 kernel;
  Extent2 stride;
  Padding4 padding;
  Extent2 dilation = 1;  // said where it is not 1
};

// One attribute of the operator's own joins them: "group", "ceil_mode" or "count_include_pad".
std::vector<Attribute> window_attributes(const WindowSizes& sizes, const Attribute& own);
std::vector<Attribute> windows_of(const nn::Conv2d& layer);
std::vector<Attribute> windows_of(const ops::PoolOptions& options, const Attribute& own);

}  // namespace tinytorch::onnx
