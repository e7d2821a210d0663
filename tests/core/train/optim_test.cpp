#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/optim/clip.h"
#include "tinytorch/optim/schedule.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/optim/updates.h"

namespace tinytorch::optim {
namespace {

using One = std::array<float, 1>;

Tensor parameter(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  Tensor x(Shape{count}, std::move(values));
  x.set_requires_grad();
  return x;
}

void set_gradient(Tensor& x, std::vector<float> values) {
  x.set_grad(Tensor(x.shape(), std::move(values)));
}

TEST(SgdUpdate, WorkedByHand) {
  One p{1.0f};
  const One g{0.5f};
  sgd_update(p, g, 0.1f, 0.0f);
  EXPECT_FLOAT_EQ(p[0], 0.95f);
  p = {1.0f};
  sgd_update(p, g, 0.1f, 0.2f);
  EXPECT_FLOAT_EQ(p[0], 0.93f);
}

TEST(MomentumUpdate, WorkedByHand) {
  One p{1.0f};
  One v{0.2f};
  const One g{0.5f};
  momentum_update(p, g, v, {.learning_rate = 0.1f, .momentum = 0.9f});
  EXPECT_FLOAT_EQ(v[0], 0.68f);
  EXPECT_FLOAT_EQ(p[0], 0.932f);
  p = {1.0f};
  v = {0.2f};
  momentum_update(p, g, v, {.learning_rate = 0.1f, .momentum = 0.9f, .nesterov = true});
  EXPECT_FLOAT_EQ(p[0], 0.8888f);
  p = {1.0f};
  v = {0.2f};
  momentum_update(p, g, v, {.learning_rate = 0.1f, .momentum = 0.9f, .weight_decay = 0.1f});
  EXPECT_FLOAT_EQ(v[0], 0.78f);
}

TEST(AdamUpdate, TwoStepsWorkedByHand) {
  One p{1.0f};
  One m{0.0f};
  One v{0.0f};
  AdamStep step{.learning_rate = 0.1f};
  adam_update(p, One{0.5f}, m, v, step);
  EXPECT_FLOAT_EQ(m[0], 0.05f);
  EXPECT_NEAR(v[0], 0.00025f, 1e-8f);
  EXPECT_NEAR(p[0], 0.9f, 1e-6f);
  step.t = 2;
  adam_update(p, One{-0.25f}, m, v, step);
  // m = 0.9·0.05 − 0.1·0.25 = 0.02; v = 0.999·0.00025 + 0.001·0.0625 = 0.00031225;
  // m̂ = 0.02/0.19, v̂ = 0.00031225/0.001999.
  EXPECT_NEAR(p[0], 0.9f - 0.1f * (0.02f / 0.19f) / std::sqrt(0.00031225f / 0.001999f), 1e-5f);
}

TEST(AdamUpdate, DecayGoesThroughTheMoments) {
  One p{1.0f};
  One m{0.0f};
  One v{0.0f};
  adam_update(p, One{0.5f}, m, v, {.learning_rate = 0.1f, .weight_decay = 0.2f});
  EXPECT_FLOAT_EQ(m[0], 0.07f);
}

TEST(AdamWUpdate, DecayBypassesTheMoments) {
  One p{1.0f};
  One m{0.0f};
  One v{0.0f};
  adamw_update(p, One{0.5f}, m, v, {.learning_rate = 0.1f, .weight_decay = 0.2f});
  EXPECT_FLOAT_EQ(m[0], 0.05f);
  EXPECT_NEAR(p[0], 0.88f, 1e-6f);
}

TEST(Sgd, MomentumStartsFromZeroAndBuildsUp) {
  Tensor x = parameter({0.0f});
  SGD sgd({x}, {.learning_rate = 1.0f, .momentum = 0.5f});
  for (int i = 0; i < 3; ++i) {
    set_gradient(x, {1.0f});
    sgd.step();
  }
  EXPECT_FLOAT_EQ(x.item(), -(1.0f + 1.5f + 1.75f));
}

TEST(Optimizer, LeavesParametersWithoutGradientAlone) {
  Tensor x = parameter({1.0f});
  Tensor y = parameter({1.0f});
  Adam adam({x, y});
  set_gradient(x, {1.0f});
  adam.step();
  EXPECT_NE(x.item(), 1.0f);
  EXPECT_EQ(y.item(), 1.0f);
}

TEST(Optimizer, ZeroGradAndLearningRate) {
  Tensor x = parameter({1.0f});
  SGD sgd({x}, {.learning_rate = 0.1f});
  set_gradient(x, {1.0f});
  sgd.set_learning_rate(0.5f);
  sgd.step();
  EXPECT_FLOAT_EQ(x.item(), 0.5f);
  sgd.zero_grad();
  EXPECT_FALSE(x.grad().defined());
  EXPECT_ERROR(sgd.set_learning_rate(-1.0f), "learning rate -1");
  EXPECT_ERROR(sgd.set_learning_rate(std::numeric_limits<float>::quiet_NaN()), "learning rate nan");
}

TEST(Optimizer, EveryKindFindsTheMinimum) {
  const auto minimize = [](auto make) {
    Tensor x = parameter({5.0f, -3.0f});
    auto optimizer = make(std::vector{x});
    for (int i = 0; i < 500; ++i) {
      optimizer.zero_grad();
      const Tensor distance = x - Tensor({2}, {1, 2});
      ops::sum(distance * distance).backward();
      optimizer.step();
    }
    EXPECT_NEAR(x.at({0}), 1.0f, 1e-2f);
    EXPECT_NEAR(x.at({1}), 2.0f, 1e-2f);
  };
  minimize([](auto p) { return SGD(p, {.learning_rate = 0.1f}); });
  minimize(
      [](auto p) { return SGD(p, {.learning_rate = 0.02f, .momentum = 0.9f, .nesterov = true}); });
  minimize([](auto p) { return Adam(p, {.learning_rate = 0.1f}); });
  minimize([](auto p) { return AdamW(p, {.learning_rate = 0.1f, .weight_decay = 1e-4f}); });
}

TEST(Optimizer, MovesAParameterGivenTwiceOnce) {
  const auto moved = [](auto make) {
    Tensor tied = parameter({1.0f});
    Tensor other = parameter({1.0f});
    auto optimizer = make(std::vector{tied, other, tied});
    EXPECT_EQ(optimizer.parameters().size(), 2u);
    (tied * other * tied).sum().backward();  // 2 and 1
    optimizer.step();
    return std::pair(tied.item(), other.item());
  };
  EXPECT_EQ(moved([](auto p) { return SGD(p, {.learning_rate = 0.25f}); }), std::pair(0.5f, 0.75f));
  const auto [a, b] = moved([](auto p) { return Adam(p, {.learning_rate = 0.25f}); });
  EXPECT_FLOAT_EQ(a, 0.75f);
  EXPECT_FLOAT_EQ(b, 0.75f);
}

TEST(Optimizer, PassesOverFrozenParameters) {
  const auto check = [](auto make) {
    Tensor frozen = parameter({1.0f});
    frozen.set_requires_grad(false);
    Tensor x = parameter({1.0f});
    auto optimizer = make(std::vector{frozen, x});
    for (int i = 0; i < 2; ++i) {
      optimizer.zero_grad();
      (frozen * x * x).sum().backward();
      optimizer.step();
    }
    EXPECT_EQ(frozen.item(), 1.0f);
    EXPECT_LT(x.item(), 1.0f);
    frozen.set_requires_grad();  // thawed, it is trained by the same optimizer
    (frozen * x).sum().backward();
    optimizer.step();
    EXPECT_LT(frozen.item(), 1.0f);
  };
  check([](auto p) { return SGD(p, {.learning_rate = 0.1f}); });
  check([](auto p) { return SGD(p, {.learning_rate = 0.1f, .momentum = 0.5f}); });
  check([](auto p) { return Adam(p, {.learning_rate = 0.1f}); });
  check([](auto p) { return AdamW(p, {.learning_rate = 0.1f}); });
}

// What PyTorch gives: y = w·(w·x), one gradient, one step of 0.1 · 2wx.
TEST(Optimizer, TrainsALayerThatStandsTwice) {
  Rng rng(1);
  auto layer = std::make_shared<nn::Linear>(1, 1, nn::LinearOptions{.bias = false}, rng);
  Tensor(layer->weight()).data()[0] = 0.5f;
  nn::Sequential model({layer, layer});
  EXPECT_EQ(model.parameters().size(), 1u);
  SGD sgd(model.parameters(), {.learning_rate = 0.125f});
  ops::sum(model.forward(Tensor::ones({1, 1}))).backward();
  EXPECT_EQ(clip_grad_norm(model.parameters(), 8.0f), 1.0f);
  sgd.step();
  EXPECT_EQ(layer->weight().item(), 0.375f);
}

TEST(Optimizer, ChecksWhatItIsGiven) {
  const Tensor x = parameter({1.0f});
  EXPECT_ERROR(SGD({Tensor()}, {}), "parameter 0 is undefined; expected a leaf");
  EXPECT_ERROR(SGD({x * 2.0f}, {}), "parameter 0 is the result of an operation");
  EXPECT_ERROR(SGD({x, x.detach()}, {}), "parameters 0 and 1 share their values, but");
  EXPECT_ERROR(SGD({x}, {.momentum = 1.0f}), "sgd: momentum 1");
  EXPECT_ERROR(SGD({x}, {.nesterov = true}), "needs a momentum above 0");
  EXPECT_ERROR(Adam({x}, {.beta1 = 1.0f}), "adam: betas 1");
  EXPECT_ERROR(Adam({x}, {.weight_decay = -1.0f}), "weight decay -1");
}

TEST(Optimizer, StateRestoredContinuesExactly) {
  const auto run = [](int steps, int switch_at) {
    Tensor x = parameter({5.0f, -3.0f});
    auto adam = std::make_unique<Adam>(std::vector{x}, AdamOptions{.learning_rate = 0.1f});
    for (int i = 0; i < steps; ++i) {
      if (i == switch_at) {
        const State saved = adam->state();
        adam = std::make_unique<Adam>(std::vector{x}, AdamOptions{.learning_rate = 0.1f});
        adam->load_state(saved);
      }
      adam->zero_grad();
      ops::sum(x * x).backward();
      adam->step();
    }
    return x;
  };
  const Tensor whole = run(10, -1);
  const Tensor resumed = run(10, 5);
  EXPECT_EQ(whole.at({0}), resumed.at({0}));
  EXPECT_EQ(whole.at({1}), resumed.at({1}));
}

TEST(Optimizer, LoadStateNamesWhatDoesNotFit) {
  const Tensor x = parameter({1.0f});
  Adam adam({x});
  EXPECT_ERROR(adam.load_state({}), "optimizer: state; missing learning_rate; missing 0.exp_avg");
  const auto changed = [&](const std::string& name, const std::string& to, State::Values values) {
    const State before = adam.state();
    State state;
    for (const auto& [own, held] : before.entries()) {
      state.add(own == name ? to : own, own == name ? values : held);
    }
    return state;
  };
  EXPECT_ERROR(adam.load_state(changed("0.exp_avg", "0.other", State::Floats{0.0f})),
               "missing 0.exp_avg; unknown 0.other");
  EXPECT_ERROR(adam.load_state(changed("0.exp_avg", "0.exp_avg", State::Floats{1.0f, 1.0f})),
               "0.exp_avg has 2 values; expected 1");
  EXPECT_ERROR(adam.load_state(changed("0.step", "0.step", State::Integers{-1})), "0.step is -1");
  EXPECT_ERROR(adam.load_state(changed("learning_rate", "learning_rate", State::Floats{-1.0f})),
               "learning rate -1");
}

// PyTorch counts for each parameter alone: its first step is the learning rate, however late.
TEST(Adam, CountsTheStepsOfEachParameterAlone) {
  for (const bool decoupled : {false, true}) {
    Tensor early = parameter({1.0f});
    Tensor late = parameter({1.0f});
    const AdamOptions options{.learning_rate = 0.01f};
    std::unique_ptr<Adam> adam;
    if (decoupled) {
      adam = std::make_unique<AdamW>(std::vector{early, late}, options);
    } else {
      adam = std::make_unique<Adam>(std::vector{early, late}, options);
    }
    for (int i = 0; i < 5; ++i) {
      set_gradient(early, {1.0f});
      adam->step();
    }
    EXPECT_EQ(late.item(), 1.0f);
    set_gradient(late, {1.0f});
    adam->step();
    EXPECT_NEAR(late.item(), 0.99f, 1e-6f);
    EXPECT_EQ(adam->state().integers("0.step", 1).front(), 6);
    EXPECT_EQ(adam->state().integers("1.step", 1).front(), 1);
  }
}

TEST(SGD, FirstVelocityOfALateParameterIsItsGradient) {
  Tensor early = parameter({1.0f});
  Tensor late = parameter({1.0f});
  SGD sgd({early, late}, {.learning_rate = 0.25f, .momentum = 0.5f});
  for (int i = 0; i < 3; ++i) {
    set_gradient(early, {1.0f});
    sgd.step();
  }
  set_gradient(late, {1.0f});
  sgd.step();
  EXPECT_EQ(late.item(), 0.75f);
  EXPECT_EQ(sgd.state().floats("1.momentum", 1).front(), 1.0f);
}

TEST(ClipGradNorm, WorkedByHand) {
  Tensor a = parameter({0.0f});
  Tensor b = parameter({0.0f});
  const Tensor without = parameter({0.0f});
  set_gradient(a, {3.0f});
  set_gradient(b, {4.0f});
  const std::vector parameters{a, b, without};
  EXPECT_FLOAT_EQ(clip_grad_norm(parameters, 10.0f), 5.0f);
  EXPECT_EQ(a.grad().item(), 3.0f);
  EXPECT_FLOAT_EQ(clip_grad_norm(parameters, 1.0f), 5.0f);
  EXPECT_FLOAT_EQ(a.grad().item(), 0.6f);
  EXPECT_FLOAT_EQ(b.grad().item(), 0.8f);
  EXPECT_ERROR(clip_grad_norm(parameters, 0.0f), "clip_grad_norm: max_norm is 0");
}

TEST(ClipGradNorm, LeavesGradientsThatAreNotFinite) {
  Tensor a = parameter({0.0f, 0.0f});
  set_gradient(a, {std::numeric_limits<float>::infinity(), 1.0f});
  EXPECT_TRUE(std::isinf(clip_grad_norm(std::vector{a}, 1.0f)));
  EXPECT_EQ(a.grad().at({1}), 1.0f);
}

TEST(ClipGradNorm, TouchesEachGradientOnceThoughTwoCameFromOneSum) {
  Tensor a = parameter({0.0f});
  Tensor b = parameter({0.0f});
  ops::sum((a + b) * 3.0f).backward();
  clip_grad_norm(std::vector{a, b}, 1.0f);
  EXPECT_NEAR(a.grad().item(), std::sqrt(0.5f), 1e-6f);
  EXPECT_NEAR(b.grad().item(), std::sqrt(0.5f), 1e-6f);
}

TEST(CosineWithWarmup, WorkedByHand) {
  const CosineOptions options{.peak = 1.0f, .warmup_steps = 2, .total_steps = 6};
  const std::vector<float> expected{0.5f, 1.0f, 1.0f, 0.8535534f, 0.5f, 0.1464466f, 0.0f, 0.0f};
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_NEAR(cosine_with_warmup(static_cast<std::int64_t>(step), options), expected[step],
                1e-6f);
  }
  EXPECT_NEAR(cosine_with_warmup(100, {.peak = 1, .floor = 0.1f, .total_steps = 6}), 0.1f, 1e-6f);
  EXPECT_ERROR(cosine_with_warmup(-1, options), "cosine_with_warmup: step -1");
  EXPECT_ERROR(cosine_with_warmup(0, {.warmup_steps = 5, .total_steps = 4}),
               "warm-up 5 of 4 steps");
}

TEST(CosineWithWarmup, TheWarmUpsLastStepIsThePeak) {
  for (std::int64_t steps = 1; steps <= 1000; ++steps) {
    const CosineOptions options{.peak = 0.3f, .warmup_steps = steps, .total_steps = steps + 1};
    EXPECT_EQ(cosine_with_warmup(steps - 1, options), 0.3f) << steps;
  }
}

}  // namespace
}  // namespace tinytorch::optim
