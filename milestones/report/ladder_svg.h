#pragma once
// A ladder: how fast the same work is, step by step.

#include <string>
#include <vector>

namespace tinytorch::milestones {

struct LadderStep {
  std::string name;
  double rate = 0.0;
};

// A standalone SVG document: a bar a step, on a logarithmic axis in `unit`, each with its rate and
// how many times the step before it reaches. Throws Error on no steps and on rates that are not
// finite and above 0.
std::string ladder_svg(const std::string& title, const std::string& unit,
                       const std::vector<LadderStep>& steps);

}  // namespace tinytorch::milestones
