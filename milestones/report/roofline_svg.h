#pragma once
// A roofline: every layer of a model under what the machine could do for it.

#include <string>
#include <vector>

#include "tinytorch/profiling/roofline.h"

namespace tinytorch::milestones {

struct RooflineRow {
  profiling::RooflinePoint point;
  std::string label;  // "Conv2d → [64, 16, 8, 8]"
};

// A standalone SVG document, both axes logarithmic. The solid roof is `near`, by which the points
// were placed; the dashed one is the bandwidth of `far`, the main memory. Points bear the layer's
// name, the legend says the rest. Throws Error on no rows and when either machine was not measured.
std::string roofline_svg(const std::string& title, const profiling::Machine& near,
                         const profiling::Machine& far, const std::vector<RooflineRow>& rows);

}  // namespace tinytorch::milestones
