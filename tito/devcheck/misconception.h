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
  std::string place;  // "tests/15_quantization/misconceptions/affine.yaml:37"
  std::string task;
  std::string name;  // unlike any other of its task
  std::string why;
  std::vector<std::pair<std::string, std::string>> replace;  // find, with
  std::string expect;                                        // must occur in the message
  Status verdict = Status::kFail;                            // or a crash, or a time-out
};

// Those of a module, from tests/NN_name/misconceptions/<part>.yaml, a list each. Throws UserError
// "….yaml:3: …".
std::vector<Misconception> load_misconceptions(const Course& course, const Module& module);
// Each `find`, white space aside, must occur exactly once in `solution`. Throws UserError
// otherwise.
std::string apply(const Misconception& misconception, std::string solution);

}  // namespace tito
