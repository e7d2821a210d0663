#pragma once
// Dropout: while training, each value is zero with probability p (Srivastava et al., 2014).
// Written in the layers module (dropout.cpp).

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

class Dropout : public Module {
 public:
  // The mask comes from a random stream of the layer's own, started at `seed`; without one at the
  // next number of default_rng().
  // Throws Error "dropout: p is 1.5; expected 0 to 1".
  explicit Dropout(float p = 0.5f, std::uint64_t seed = default_rng().next_u64());

  // Training: x · mask, each mask value 0 with probability p and 1/(1 − p) otherwise, so that the
  // expected value stays x. In eval mode, and for p = 0, x itself.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "Dropout(p=0.5)"
  // The random stream, "rng". Given.
  State extra_state() const override {
    State state;
    state.add("rng", rng_);
    return state;
  }
  void load_extra_state(const State& state) override { rng_.set_state(state.rng("rng")); }

 private:
  float p_;
  Rng rng_;
};

}  // namespace tinytorch::nn
