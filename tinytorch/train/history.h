#pragma once
// History: every epoch's report, for curves and tests.
// Given (history.cpp).

#include <vector>

#include "tinytorch/train/callback.h"

namespace tinytorch::train {

class History : public Callback {
 public:
  void on_epoch_end(Trainer& trainer, const EpochReport& report) override;
  void on_step_end(Trainer& trainer, std::int64_t batch, float loss) override;

  // "counts" and "numbers" of the reports, epoch after epoch, and "step_losses".
  State state() const override;
  void load_state(const State& state) override;

  const std::vector<EpochReport>& epochs() const { return epochs_; }
  // The loss of every step, over all epochs.
  const std::vector<float>& step_losses() const { return step_losses_; }

 private:
  std::vector<EpochReport> epochs_;
  std::vector<float> step_losses_;
};

}  // namespace tinytorch::train
