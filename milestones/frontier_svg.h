#pragma once
// A picture of what quantization costs and gains: one row a model, three bars.

#include <string>
#include <vector>

namespace tinytorch::milestones {

struct FrontierRow {
  std::string name;
  double accuracy = 0.0;  // 0 to 1
  double bytes = 0.0;
  double microseconds = 0.0;  // per sample
};

// A standalone SVG document. Bars of bytes and time start at 0; bars of accuracy start at
// `accuracy_floor`, which the axis label names. Throws Error on no rows.
std::string frontier_svg(const std::string& title, const std::vector<FrontierRow>& rows,
                         double accuracy_floor);

}  // namespace tinytorch::milestones
