#include "milestones/support/measure.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/train/metrics.h"

namespace tinytorch::milestones {

double accuracy(const Tensor& logits, const data::TensorDataset& test) {
  return static_cast<double>(train::count_correct(logits, test.labels())) /
         static_cast<double>(test.size());
}

void require_equal_outputs(const Tensor& trained, const Tensor& deployed) {
  const auto same =
      trained.numel() == deployed.numel() &&
      std::equal(trained.data().begin(), trained.data().end(), deployed.data().begin());
  if (!same) throw Error("the deployed network differs from the one that was trained");
}

double time_per_sample(const std::function<void()>& run, std::int64_t batch) {
  using Clock = std::chrono::steady_clock;
  run();
  std::vector<double> timings;
  for (int repetition = 0; repetition < 15; ++repetition) {
    const auto begin = Clock::now();
    std::int64_t calls = 0;
    double elapsed = 0.0;
    while (elapsed < 2e-3) {
      run();
      ++calls;
      elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    timings.push_back(1e6 * elapsed / static_cast<double>(calls * batch));
  }
  std::nth_element(timings.begin(), timings.begin() + 7, timings.end());
  return timings[7];
}

BatchTimes time_batches(const Tensor& x, const std::function<void(const Tensor&)>& forward) {
  const Tensor one = x.rows(0, 1);
  const Tensor many = x.rows(0, 64);
  return {time_per_sample([&] { forward(one); }, 1), time_per_sample([&] { forward(many); }, 64)};
}

}  // namespace tinytorch::milestones
