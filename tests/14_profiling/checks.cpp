// The judge's checks of module 14, part by part.
#include "tests/14_profiling/checks.h"

std::vector<tito::Check> tito::checks() {
  std::vector<Check> all;
  for (const auto& part :
       {checks14::counting_checks(), checks14::memory_checks(), checks14::measured_checks(),
        checks14::latency_checks(), checks14::roofline_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
