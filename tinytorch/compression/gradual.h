#pragma once
// Pruning little by little while training goes on, and masks that hold.
// You write this part: gradual.cpp (compression module).
//
// Source: Zhu & Gupta, "To prune, or not to prune: exploring the efficacy of pruning for model
// compression", 2017, §3.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/compression/magnitude.h"
#include "tinytorch/train/callback.h"

namespace tinytorch::compression {

// Steps are numbered from 0. Masks are made anew at steps begin, begin + every, …,
// begin + updates · every: that is updates + 1 times.
struct PruningSchedule {
  double initial = 0.0;  // sparsity at step `begin`
  double final = 0.9;    // sparsity at the last update, and for ever after
  std::int64_t begin = 0;
  std::int64_t every = 1;
  std::int64_t updates = 1;
};

// Throws Error unless begin >= 0, every >= 1, updates >= 1 and 0 <= initial <= final < 1. Given.
void require_schedule(std::string_view operation, const PruningSchedule& schedule);

// Task: The sparsity in force after `step`:
//     step < begin:  0
//     otherwise      k = min((step − begin) / every, updates), a whole number rounded down,
//                    final + (initial − final) · (1 − k / updates)³
// Fast at first, while there is plenty to spare, slow at the end.
// Example: 0 → 0.8, begin 10, every 5, updates 2: step 9: 0; 10 to 14: 0; 15 to 19: 0.7; from 20:
// 0.8. Given lines refuse a negative step and what require_schedule() does.
double cubic_sparsity(std::int64_t step, const PruningSchedule& schedule);

// Makes masks on a schedule and holds them: hand it to a Trainer as a callback.
class GradualPruner : public train::Callback {
 public:
  // `weights` are handles on the layers' own (prunable_weights()). Throws Error on a schedule that
  // require_schedule() refuses.
  GradualPruner(std::vector<nn::NamedTensor> weights, const PruningSchedule& schedule, Scope scope)
      : weights_(std::move(weights)), schedule_(schedule), scope_(scope) {
    require_schedule("GradualPruner", schedule);
  }
  // Holds these masks, which never change.
  explicit GradualPruner(std::vector<MaskedWeight> masks) : masks_(std::move(masks)) {}

  // Task: After each optimizer step:
  //   1. With a schedule, and when this step is one of its updates: make_masks() at
  //      cubic_sparsity(steps()).
  //   2. apply_masks(), at every step: the optimizer moves pruned weights too, by momentum even
  //      where their gradient is 0.
  //   3. Count the step.
  void after_step();

  void on_step_end(train::Trainer&, std::int64_t, float) override { after_step(); }

  // Steps and masks. Given; a mask finds its weight by name.
  State state() const override;
  void load_state(const State& state) override;

  std::span<const MaskedWeight> masks() const { return masks_; }
  std::int64_t steps() const { return steps_; }  // taken so far: the number of the next one

 private:
  std::vector<nn::NamedTensor> weights_;
  std::optional<PruningSchedule> schedule_;  // absent: the masks never change
  Scope scope_ = Scope::kGlobal;
  std::vector<MaskedWeight> masks_;
  std::int64_t steps_ = 0;
};

}  // namespace tinytorch::compression
