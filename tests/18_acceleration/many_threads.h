#pragma once
// So many threads until the end of a scope.

#include "tinytorch/core/threads.h"

namespace tinytorch {

class ManyThreads {
 public:
  explicit ManyThreads(int threads) { set_num_threads(threads); }
  ~ManyThreads() { set_num_threads(1); }
  ManyThreads(const ManyThreads&) = delete;
  ManyThreads& operator=(const ManyThreads&) = delete;
};

}  // namespace tinytorch
