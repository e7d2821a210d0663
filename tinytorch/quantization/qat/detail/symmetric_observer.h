#pragma once
// An observer whose range reaches as far below 0 as above, so that the zero-point is 0. Given.

#include <algorithm>
#include <cmath>
#include <memory>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::quantization {

// With m the largest magnitude of the inner observer's range and codes from qmin to qmax, qmin
// below 0, the range is [m · qmin / qmax, m]: choose_qparams_asymmetric makes the scale m / qmax
// and the zero-point 0 of it. An exact −m … m would put the zero-point on a tie.
class SymmetricObserver : public Observer {
 public:
  SymmetricObserver(std::unique_ptr<Observer> inner, QRange codes)
      : inner_(std::move(inner)), codes_(codes) {}

  void observe(std::span<const float> batch) override { inner_->observe(batch); }
  Range range() const override {
    const Range seen = inner_->range();
    const float most = std::max(std::abs(seen.min), std::abs(seen.max));
    const float share = static_cast<float>(codes_.qmin) / static_cast<float>(codes_.qmax);
    return {most * share, most};
  }
  void merge(const Observer& other) override {
    const auto* symmetric = dynamic_cast<const SymmetricObserver*>(&other);
    if (symmetric == nullptr) throw Error("merge: one observer is symmetric, the other is not");
    inner_->merge(*symmetric->inner_);
  }
  std::unique_ptr<Observer> clone() const override {
    return std::make_unique<SymmetricObserver>(inner_->clone(), codes_);
  }
  State state() const override { return inner_->state(); }
  void load_state(const State& state) override { inner_->load_state(state); }

 private:
  std::unique_ptr<Observer> inner_;
  QRange codes_;
};

}  // namespace tinytorch::quantization
