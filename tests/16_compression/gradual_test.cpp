// Learner tests of part 2: pruning while training goes on.
#include "tinytorch/compression/gradual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/16_compression/support.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::compression {
namespace {

using teach::expect_near;
using teach::expect_same;
using teach::expect_value;

const PruningSchedule kByHand{.initial = 0.0, .final = 0.8, .begin = 10, .every = 5, .updates = 2};
const std::vector<std::int64_t> kSteps{9, 10, 14, 15, 19, 20, 1000};

// A curve at kSteps from the number of updates as a share, whole or not.
Floats curve(const std::function<double(double share)>& shape, bool stairs = true,
             bool limited = true) {
  Floats out;
  for (const std::int64_t step : kSteps) {
    if (step < 10) {
      out.push_back(0.0f);
      continue;
    }
    double done = static_cast<double>(step - 10) / 5.0;
    if (stairs) done = std::floor(done);
    if (limited) done = std::min(done, 2.0);
    out.push_back(static_cast<float>(shape(done / 2.0)));
  }
  return out;
}
double cubic(double share) { return 0.8 - 0.8 * std::pow(1.0 - share, 3.0); }

// --- 16.3 cubic_sparsity ---

TEST(Gradual, StaircaseByHand) {
  Floats got;
  for (const std::int64_t step : kSteps) {
    got.push_back(static_cast<float>(cubic_sparsity(step, kByHand)));
  }
  expect_near(
      "sparsity at steps 9, 10, 14, 15, 19, 20, 1000", got,
      {0.0f, 0.0f, 0.0f, 0.7f, 0.7f, 0.8f, 0.8f}, 1e-6f,
      {{{0, 0, 0, 0, 0, 0.8f, 0.8f},
        "The share k / updates was divided in whole numbers: 1 / 2 is 0 there."},
       {curve([](double s) { return 0.8 * s; }), "This grows evenly: the third power is missing."},
       {curve([](double s) { return 0.8 - 0.8 * (1 - s) * (1 - s); }),
        "This is the square; the schedule takes the third power."},
       {curve([](double s) { return 0.8 * std::pow(1.0 - s, 3.0); }),
        "`initial` and `final` are turned round."},
       {curve([](double s) { return 0.8 * s * s * s; }),
        "Slow first and fast at the end: it is (1 - k/updates)³ that is taken off, so that much "
        "goes early, while there is plenty to spare."},
       {curve(cubic, false),
        "Between two updates the sparsity stays: (step - begin) / every in whole numbers."},
       {curve(cubic, true, false),
        "After the last update the sparsity stays at `final`: at most `updates` of them."}});
}

TEST(Gradual, BeginsAtInitialAndEndsExactlyAtFinal) {
  const PruningSchedule schedule{
      .initial = 0.5, .final = 0.9, .begin = 3, .every = 1, .updates = 7};
  expect_value("sparsity before begin", cubic_sparsity(2, schedule), 0.0,
               {{0.5, "Before begin nothing is pruned, whatever `initial` says."}});
  expect_value("sparsity at begin", cubic_sparsity(3, schedule), 0.5,
               {{0.0, "At begin the sparsity is `initial`."},
                {0.9, "`initial` and `final` are turned round."}});
  expect_value("sparsity at the last update", cubic_sparsity(10, schedule), 0.9,
               {{0.5, "`initial` and `final` are turned round."}});
}

// --- 16.3 GradualPruner ---

constexpr PruningSchedule kPruner{
    .initial = 0.2, .final = 0.6, .begin = 1, .every = 2, .updates = 1};

Floats one_to_ten() { return {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}; }

TEST(Gradual, PrunesAtUpdates) {
  const Tensor weight = row(one_to_ten());
  GradualPruner pruner({{"w", weight}}, kPruner, Scope::kPerLayer);
  Floats got;
  for (int step = 0; step < 6; ++step) {
    pruner.after_step();
    got.push_back(static_cast<float>(sparsity(weight.data())));
  }
  expect_same<float>(
      "sparsity after steps 0 to 5", got, {0, 0.2f, 0.2f, 0.6f, 0.6f, 0.6f},
      {{{0.2f, 0.2f, 0.6f, 0.6f, 0.6f, 0.6f},
        "Everything comes one step too early: the first step is number 0; count it at the end."},
       {{0, 0.2f, 0.2f, 0.2f, 0.2f, 0.2f},
        "The last update did not happen: updates at begin, begin + every, … begin + updates · "
        "every, that is updates + 1 of them."},
       {{0, 0, 0, 0, 0, 0}, "No weight was pruned: are masks made, applied, and steps counted?"},
       {{0, 0.6f, 0.6f, 0.6f, 0.6f, 0.6f}, "Pruned to `final` at once: ask cubic_sparsity()."}});
  expect_value("steps()", pruner.steps(), std::int64_t{6},
               {{0, "Nothing was counted."}, {2, "Every step counts, not only the updates."}});
}

// What an optimizer does to pruned weights, exaggerated.
void disturb(const Tensor& weight) {
  Tensor handle = weight;
  for (float& w : handle.data()) {
    if (w == 0.0f) w = 100.0f;
  }
}

TEST(Gradual, HoldsMasksBetweenUpdates) {
  const Tensor weight = row(one_to_ten());
  GradualPruner pruner({{"w", weight}}, kPruner, Scope::kPerLayer);
  pruner.after_step();
  pruner.after_step();
  disturb(weight);  // step 2: no update
  pruner.after_step();
  expect_same<float>(
      "weights after step 2", weight.data(), {0, 0, 3, 4, 5, 6, 7, 8, 9, 10},
      {{{100, 100, 3, 4, 5, 6, 7, 8, 9, 10},
        "Pruned weights came back: the optimizer moves them (by momentum even with a gradient of "
        "0). Apply the masks after every step."},
       {{100, 100, 0, 0, 5, 6, 7, 8, 9, 10},
        "The masks were made anew at a step that is no update."}});
}

TEST(Gradual, HoldsMasksAfterTheLastUpdate) {
  const Tensor weight = row(one_to_ten());
  GradualPruner pruner({{"w", weight}}, kPruner, Scope::kPerLayer);
  for (int step = 0; step < 5; ++step) pruner.after_step();
  disturb(weight);  // step 5 would be one more update
  pruner.after_step();
  expect_same<float>(
      "weights after step 5", weight.data(), {0, 0, 0, 0, 0, 0, 7, 8, 9, 10},
      {{{100, 100, 100, 100, 100, 100, 7, 8, 9, 10},
        "Pruned weights came back after the last update: the masks must hold for ever."},
       {{100, 100, 100, 100, 0, 0, 0, 0, 0, 0}, "The masks were made anew after the last update."},
       {{100, 100, 100, 100, 0, 0, 0, 0, 0, 10},
        "The masks were made anew after the last update."}});
}

TEST(Gradual, HoldsGivenMasks) {
  const Tensor weight = row({1, 2, 3});
  GradualPruner pruner(std::vector<MaskedWeight>{{"w", weight, {1, 0, 1}}});
  pruner.after_step();
  disturb(weight);
  pruner.after_step();
  expect_same<float>("weights", weight.data(), {1, 0, 3},
                     {{{1, 100, 3}, "Masks hold at every step, also without a schedule."},
                      {{1, 2, 3}, "Masks that are given hold from the first step on."}});
}

TEST(Gradual, WorksInsideATrainer) {
  Rng rng(4);
  nn::Sequential model;
  model.append(std::make_shared<nn::Linear>(4, 3, rng));
  const Tensor inputs = Tensor::randn(Shape{12, 4}, rng);
  const data::TensorDataset dataset(inputs, Ids{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
  data::DataLoader loader(dataset, {.batch_size = 4});
  optim::Adam optimizer(model.parameters(), {.learning_rate = 0.1f});
  const auto pruner = std::make_shared<GradualPruner>(
      prunable_weights(model), PruningSchedule{.final = 0.5, .begin = 2, .every = 2, .updates = 2},
      Scope::kGlobal);
  train::Trainer trainer(model, optimizer, train::cross_entropy(), {.callbacks = {pruner}});
  (void)trainer.fit(loader, 6);
  expect_value("steps()", pruner->steps(), std::int64_t{18}, {{0, "Nothing was counted."}});
  expect_value("sparsity after 18 steps of Adam", sparsity(prunable_weights(model)), 0.5,
               {{0.0,
                 "Adam moved every pruned weight away from 0 again: apply the masks after "
                 "each of its steps."}});
}

}  // namespace
}  // namespace tinytorch::compression
