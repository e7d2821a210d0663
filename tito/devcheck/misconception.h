#pragma once
// A plausible wrong solution: a small patch on the reference, and what its learner must read.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tito/course/course.h"
#include "tito/learner/verdict.h"

namespace tito {

struct Misconception {
  std::string file;  // "tests/15_quantization/misconceptions/15.2_half_away.yaml"
  std::string task;
  std::string name;
  std::string why;
  std::vector<std::pair<std::string, std::string>> replace;  // find, with
  std::string expect;                                        // must occur in the message
  Status verdict = Status::kFail;                            // or a crash, or a time-out
};

// Those of a module, sorted by file. Throws UserError "….yaml:3: …".
std::vector<Misconception> load_misconceptions(const Course& course, const Module& module);
// Each `find`, white space aside, must occur exactly once in `solution`. Throws UserError
// otherwise.
std::string apply(const Misconception& misconception, std::string solution);

}  // namespace tito
