#pragma once
// A deployed classifier as milestones compare it: accuracy, bytes, time.

#include <cstdint>
#include <string>
#include <vector>

#include "milestones/report/chart.h"
#include "milestones/support/measure.h"

namespace tinytorch::milestones {

struct DeployedRow {
  std::string name;
  double accuracy = 0.0;
  std::int64_t file_bytes = 0;
  std::int64_t weight_bytes = 0;
  std::int64_t activation_bytes = 0;  // one sample
  BatchTimes time{};
  std::string group{};  // a heading in the picture
};

// A bar each for accuracy (from `floor`, a share), bytes of the file and time per sample, batch 64.
Chart deployed_bars(const std::string& title, const std::vector<DeployedRow>& rows, double floor);

}  // namespace tinytorch::milestones
