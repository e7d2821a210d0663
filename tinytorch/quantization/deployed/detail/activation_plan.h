#pragma once
// Where the values of a network lie while it runs: two that are never needed at once may share
// memory. Given.

#include <cstdint>
#include <span>
#include <vector>

namespace tinytorch::quantization {

// A buffer written at step `first` and read for the last time at step `last`, both included.
struct Lifetime {
  std::int64_t bytes = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct ActivationPlan {
  std::vector<std::int64_t> offsets;  // one for each buffer
  std::int64_t total = 0;             // bytes of the arena that holds them all
};

// The largest buffer is placed first, each at the lowest offset where no buffer alive at the same
// time lies (greedy by size: Pisarchyk & Lee, "Efficient memory management for deep neural net
// inference", 2020). Example: a chain of 100, 50 and 10 bytes, each read by the next step: offsets
// 0, 100 and 0, total 150.
// Throws Error on negative bytes or last < first.
ActivationPlan plan_activations(std::span<const Lifetime> buffers);

}  // namespace tinytorch::quantization
