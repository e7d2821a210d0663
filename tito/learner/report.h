#pragma once
// Verdicts for reading: a calm list, then the one thing to do next.

#include <string>

#include "tito/base/json.h"
#include "tito/course/course.h"
#include "tito/learner/verdict.h"

namespace tito {

struct ReportOptions {
  bool solution = false;  // the reference was tested, not the learner's work
  bool one_task = false;
  bool asan = false;
  bool all = false;  // every task of the parts in depth, begun or not
};

std::string report(const Course& course, const ModuleVerdict& verdict,
                   const ReportOptions& options);
// {"module":…, "tasks":[{"id","name","track","status","points","message","file","line"}],
//  "passed":n, "total":n, "core_passed":n, "core_total":n, "done":b}
Json report_json(const ModuleVerdict& verdict);
// "████░░░░" for `done` of `total`, `width` columns.
std::string bar(int done, int total, int width);

}  // namespace tito
