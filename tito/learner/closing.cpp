#include "tito/learner/closing.h"

#include <algorithm>

#include "tito/base/files.h"
#include "tito/course/source_scan.h"

namespace tito {

namespace fs = std::filesystem;

std::string closing_milestone(const Course& course, const Module& module,
                              const std::function<bool(const Part&)>& works) {
  const fs::path program = course.root / "milestones" / (module.milestone + ".cpp");
  if (module.milestone.empty() || !fs::exists(program)) return "";
  const auto includes = includes_of(read_file(program));
  const auto met = [&](const Part& part) {
    return std::any_of(includes.begin(), includes.end(),
                       [&](const Include& include) { return include.target == part.header; });
  };
  for (const auto& part : module.parts) {
    const bool written = works(part) || fs::exists(course.solution_source(module, part));
    if (!written && met(part)) return "";
  }
  // "2018_integer_inference": the year is for sorting.
  const std::size_t underscore = module.milestone.find('_');
  return underscore == std::string::npos ? module.milestone
                                         : module.milestone.substr(underscore + 1);
}

}  // namespace tito
