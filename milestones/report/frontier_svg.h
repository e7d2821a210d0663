#pragma once
// A picture of what can be had: accuracy over bytes, a dot a model, and a line through those that
// no other model beats.

#include <cstddef>
#include <string>
#include <vector>

namespace tinytorch::milestones {

struct FrontierRow {
  std::string name;
  double accuracy = 0.0;  // 0 to 1
  double bytes = 0.0;
  double microseconds = 0.0;  // per sample
};

// The numbers of those rows that no other matches in bytes and accuracy and beats in one of them
// (the Pareto frontier), from the smallest to the largest. Time is left out: it is not the same in
// two runs.
std::vector<std::size_t> on_frontier(const std::vector<FrontierRow>& rows);

// A standalone SVG document: bytes from left to right on a logarithmic scale, accuracy upwards by
// the logarithm of the errors, the area of a dot its time. Labels stand where they cover nothing.
// Throws Error on no rows, and on bytes or times that are not above 0.
std::string frontier_svg(const std::string& title, const std::vector<FrontierRow>& rows);

}  // namespace tinytorch::milestones
