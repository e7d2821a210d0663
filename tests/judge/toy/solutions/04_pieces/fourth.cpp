// Part 4: the fourth of four.
#include "tinytorch/pieces/fourth.h"

#include "tinytorch/core/error.h"

namespace tinytorch::pieces {

// TASK 04.4
int fourth() {
  // 4.
  // BEGIN SOLUTION 04.4
  return 4;
  // END SOLUTION 04.4
}

}  // namespace tinytorch::pieces
