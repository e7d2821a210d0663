#pragma once
// A judge's check of one task: how its inputs are drawn, what is called, how outputs are compared.
//
// tests/NN_name/checks.cpp defines checks(), alone or with *_checks.cpp beside it. It is compiled
// once and linked twice: with the reference, whose worker draws the inputs and gives the expected
// outputs, and with the submission, whose worker only ever receives inputs. The comparison is made
// in the judge's process.

#include <functional>
#include <string>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tito/worker/values.h"

namespace tito {

// |got − expected| <= absolute + relative·|expected| for floats; integers and text are exact.
// Both zero: floats are compared bit for bit, except that any NaN equals any NaN.
struct Tolerance {
  double relative = 0.0;
  double absolute = 0.0;
};

struct Check {
  std::string task;      // "15.2"
  std::string name;      // unique within the module: "quantize ties"
  std::string property;  // what learners may read: the range of the inputs and what must hold
  Tolerance tolerance;
  int rounds = 4;  // times it is drawn with fresh inputs
  std::function<Values(tinytorch::Rng&)> generate;
  std::function<Values(const Values& input)> run;
};

// Defined by each module's checks.cpp.
std::vector<Check> checks();

}  // namespace tito
