#pragma once
// Progress for a person: a line per epoch and, on a terminal, a bar that moves while it runs.
// Given (progress_bar.cpp).

#include <chrono>
#include <cstdio>
#include <string>

#include "tinytorch/train/callback.h"

namespace tinytorch::train {

// "epoch  3/20  loss 0.2134  validation 0.1987  accuracy 95.8 %  0.04 s"
std::string epoch_line(const EpochReport& report);

// Prints epoch_line() at the end of each epoch. The bar is drawn only when `out` is a terminal, so
// logs and pipes hold nothing but the lines, and at most twenty times a second.
class ProgressBar : public Callback {
 public:
  // `batches`: in one epoch; 0 draws no bar. `out` must outlive this.
  explicit ProgressBar(std::int64_t batches = 0, std::FILE* out = stdout);

  void on_epoch_begin(Trainer& trainer, std::int64_t epoch) override;
  void on_step_end(Trainer& trainer, std::int64_t batch, float loss) override;
  void on_epoch_end(Trainer& trainer, const EpochReport& report) override;
  void on_fit_end(Trainer& trainer) override;

 private:
  void clear();

  std::int64_t batches_;
  std::FILE* out_;
  bool terminal_;
  std::int64_t epoch_ = 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_draw_{};
};

}  // namespace tinytorch::train
