#pragma once
// A picture of times that grow: one line a method over a doubling length, both axes logarithmic, so
// that a method whose cost grows with the length is a slope and one whose cost does not is level.

#include <string>
#include <vector>

namespace tinytorch::milestones {

struct Curve {
  std::string name;
  std::string colour;          // "#c9752d"
  std::vector<double> values;  // one for each x, all positive
};

// A standalone SVG document. Throws Error when there are fewer than two x, no curves, a value that
// is not positive, or a curve with another number of values than there are x.
std::string curves_svg(const std::string& title, const std::string& x_name,
                       const std::string& y_name, const std::vector<double>& x,
                       const std::vector<Curve>& curves);

}  // namespace tinytorch::milestones
