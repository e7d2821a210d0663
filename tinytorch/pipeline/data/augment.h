#pragma once
// Batches changed at random on their way to training.

#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/data/batch_source.h"
#include "tinytorch/pipeline/recipe/spec.h"

namespace tinytorch::pipeline {

// Hands on the batches of `source`, images [N, C, H, W], each image changed on its own; targets
// that are images of the same size go through the same moves.
//   kShift   up to one pixel (two from 16 on) each way; zeros come in
//   kFlip    left and right change places, in half the cases
//   kRotate  by 0, 90, 180 or 270 degrees; of square images
//   kNoise   normal deviates of standard deviation 0.02 on the input
// Its random stream is in its state(), beside the source's.
class AugmentedSource : public data::BatchSource {
 public:
  // Throws Error where there is something to do and the inputs are no images.
  AugmentedSource(data::BatchSource& source, std::vector<Augmentation> moves, std::uint64_t seed);

  void start_epoch() override { source_.start_epoch(); }
  bool next(data::Batch& batch) override;
  std::int64_t batches() const override { return source_.batches(); }
  State state() const override;
  void load_state(const State& state) override;

 private:
  data::BatchSource& source_;
  std::vector<Augmentation> moves_;
  Rng rng_;
};

}  // namespace tinytorch::pipeline
