#pragma once
// A clock that stands still until somebody moves it: what tests and checks of latencies read.

#include <cstdint>

#include "tinytorch/autograd/node.h"
#include "tinytorch/profiling/clock.h"

namespace tests14 {

struct FakeClock {
  std::int64_t now = 1'000'000;
  int reads = 0;

  tinytorch::profiling::Clock clock() {
    return [this] {
      ++reads;
      return now;
    };
  }
};

// A scalar loss that takes time: making it moves the clock by `forward`, its backward pass by
// `backward`. In the `first` few steps both take `slow` longer.
struct FakeModel {
  FakeClock& clock;
  std::int64_t forward = 100;
  std::int64_t backward = 300;
  int first = 0;
  std::int64_t slow = 0;
  int forwards = 0;
  int backwards = 0;

  tinytorch::Tensor operator()() {
    using tinytorch::Tensor;
    Tensor parameter = Tensor::scalar(1.0f);
    parameter.set_requires_grad();
    clock.now += forward + (forwards++ < first ? slow : 0);
    return tinytorch::autograd::record("fake", Tensor::scalar(2.0f), {parameter},
                                       [this](const Tensor&) {
                                         clock.now += backward + (backwards++ < first ? slow : 0);
                                         return std::vector<Tensor>{Tensor::scalar(0.0f)};
                                       });
  }
};

}  // namespace tests14
