#pragma once
// A run of the judge as JSON, as a table for people, and as CSV for spreadsheets. None of them
// holds a time: the same submissions and seed give the same bytes.

#include <cstdint>
#include <string>
#include <vector>

#include "tito/judge/verdict.h"

namespace tito {

struct GradeReport {
  std::string module;
  std::string track;    // "core" or "all": the tasks that were asked for
  std::string sandbox;  // "R0"
  std::uint64_t seed = 0;
  std::vector<SubmissionResult> submissions;
};

// {"module", "track", "sandbox", "seed", "submissions": [{"id", "score", "max_score",
//  "tasks": [{"id", "verdict", "points", "message"}], "notes": ["ignored: …"]}]}
// Nothing a stranger wrote ends a line or turns its direction, in any of the three.
std::string to_json(const GradeReport& report);
// One line a submission, then what each one failed and why.
std::string to_text(const GradeReport& report);
// id, score, max_score, one column of points and one of verdict for each task.
std::string to_csv(const GradeReport& report);

}  // namespace tito
