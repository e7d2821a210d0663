// One run of a candidate, as a race wants it.
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/acceleration/autotune.h"

namespace tinytorch::kernels {

double timed(const Candidate& candidate) {
  const double seconds = candidate.seconds();
  if (std::isfinite(seconds) && seconds >= 0.0) return seconds;
  throw Error(concat("fastest: the time of candidate ", candidate.name,
                     " must be finite and at least 0, got ", seconds));
}

}  // namespace tinytorch::kernels
