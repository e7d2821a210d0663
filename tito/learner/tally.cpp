#include "tito/learner/tally.h"

#include <fmt/format.h>

namespace tito {

void Tally::add(const Part& part, const Task& task, bool passes) {
  const bool core = part.track == Track::kCore;
  (core ? core_total : depth_total) += 1;
  total_points += task.points;
  if (!passes) return;
  (core ? core_passed : depth_passed) += 1;
  points += task.points;
}

std::string Tally::words() const {
  if (depth_total == 0) return fmt::format("{} of {} tasks", core_passed, core_total);
  return fmt::format("core {} of {} · depth {} of {}", core_passed, core_total, depth_passed,
                     depth_total);
}

std::string Tally::short_words() const {
  if (depth_total == 0) return fmt::format("{}/{}", core_passed, core_total);
  return fmt::format("{}/{} · {}/{}", core_passed, core_total, depth_passed, depth_total);
}

}  // namespace tito
