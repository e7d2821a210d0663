#pragma once
// What the learner tests of module 15 share.

#include <string>
#include <utility>
#include <vector>

#include "tests/support/teach.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Both ends, bit for bit; `suspicions` are wrong answers and what to tell whoever gives them.
inline void expect_range(const std::string& what, Range got, Range expected,
                         const std::vector<std::pair<Range, std::string>>& suspicions = {},
                         const teach::Location& where = teach::Location::current()) {
  if (got == expected) return;
  const auto show = [](Range r) {
    return "[" + teach::show(r.min) + ", " + teach::show(r.max) + "]";
  };
  std::string message = what + " is " + show(got) + ", expected " + show(expected);
  for (const auto& [range, says] : suspicions) {
    if (got == range) message += "\n" + says;
  }
  teach::report(where, message);
}

}  // namespace tinytorch::quantization
