#pragma once
// A picture of accuracy over the width of the weights: a panel a data set, a line a method, its
// spread over the seeds as a bar.

#include <string>
#include <vector>

namespace tinytorch::milestones {

struct WidthLine {
  std::string name;
  std::string colour;          // "#c9752d"
  std::vector<double> mean;    // one for each width, 0 to 1
  std::vector<double> spread;  // the same, half the height of the bar
};

struct WidthPanel {
  std::string title;
  double reference = 0.0;  // accuracy in float, drawn as a dashed line
  std::vector<WidthLine> lines;
};

// A standalone SVG document, the widths from left to right as given. Throws Error when there are no
// panels, or a line has another number of values than there are widths.
std::string widths_svg(const std::string& title, const std::vector<int>& widths,
                       const std::vector<WidthPanel>& panels);

}  // namespace tinytorch::milestones
