// Part 1: the first of four.
#include "tinytorch/pieces/first.h"

#include "tinytorch/core/error.h"

namespace tinytorch::pieces {

// TASK 04.1
int first() {
  // 1.
  // BEGIN SOLUTION 04.1
  return 1;
  // END SOLUTION 04.1
}

}  // namespace tinytorch::pieces
