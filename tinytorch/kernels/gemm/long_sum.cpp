#include "tinytorch/kernels/gemm/long_sum.h"

#include <algorithm>

namespace tinytorch::kernels {

bool LongSum::continues(std::int64_t steps) {
  if (steps_ > 0 && steps_ + steps > kLongestChain) put_aside();
  const bool goes_on = started_;
  started_ = true;
  steps_ += steps;
  return goes_on;
}

void LongSum::finish() {
  if (!started_ && totals_.empty()) std::fill(out_.begin(), out_.end(), 0.0f);
  if (totals_.empty()) return;
  put_aside();
  for (std::size_t i = 0; i < out_.size(); ++i) out_[i] = static_cast<float>(totals_[i]);
}

void LongSum::put_aside() {
  if (totals_.empty()) totals_.assign(out_.size(), 0.0);
  for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i] += static_cast<double>(out_[i]);
  started_ = false;
  steps_ = 0;
}

}  // namespace tinytorch::kernels
