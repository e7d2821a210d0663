#pragma once
// The attributes of ONNX's operators that slide windows over images. Internal to the export.

#include <vector>

#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {

std::vector<Attribute> windows_of(const nn::Conv2d& layer);
// With "ceil_mode" or "count_include_pad", say, as `own`.
std::vector<Attribute> windows_of(const ops::PoolOptions& options, const Attribute& own);

}  // namespace tinytorch::onnx
