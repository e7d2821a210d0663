#pragma once
// What quantization costs and gains, as bars: one row a model, three bars.

#include <string>
#include <vector>

#include "milestones/report/frontier_svg.h"

namespace tinytorch::milestones {

// A standalone SVG document. Bars of bytes and time start at 0; bars of accuracy start at
// `accuracy_floor`, which the axis label names. Throws Error on no rows.
std::string bars_svg(const std::string& title, const std::vector<FrontierRow>& rows,
                     double accuracy_floor);

}  // namespace tinytorch::milestones
