// A value that backward() needs, changed after an operation read it: an Error that names the
// operation, never a gradient of something else.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/losses/binary_cross_entropy.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch {
namespace {

Tensor parameter(Shape shape, float value = 2.0f) {
  return Tensor::full(std::move(shape), value).set_requires_grad();
}

TEST(InPlace, AChangedFactorIsAnError) {
  Tensor a = parameter({1});
  const Tensor b = parameter({1}, 3.0f);
  const Tensor y = ops::mul(a, b);
  a.data()[0] = 100.0f;
  EXPECT_ERROR(ops::sum(y).backward(), "mul: an input was changed in place after forward");
  EXPECT_FALSE(b.grad().defined());
}

TEST(InPlace, AnOptimizersStepInBetweenIsAnError) {
  Rng rng(1);
  nn::Sequential model(
      {std::make_shared<nn::Linear>(3, 4, rng), std::make_shared<nn::Linear>(4, 2, rng)});
  const Tensor x = Tensor::ones({5, 3});
  for (const bool adam : {false, true}) {
    optim::SGD sgd(model.parameters(), {.learning_rate = 0.1f});
    optim::Adam other(model.parameters(), {});
    optim::Optimizer& optimizer = adam ? static_cast<optim::Optimizer&>(other) : sgd;
    ops::mean(model(x)).backward();
    const Tensor loss = ops::mean(model(x));
    optimizer.step();
    EXPECT_ERROR(loss.backward(), "linear: an input was changed in place after forward");
    optimizer.zero_grad();
    ops::mean(model(x)).backward();
    optimizer.step();  // and the usual order goes on
  }
}

TEST(InPlace, AStepBetweenTwoWalksOverOneGraphIsAnError) {
  const Tensor a = parameter({1});
  const Tensor y = ops::sum(a * a);
  y.backward({.retain_graph = true});
  optim::SGD sgd({a}, {.learning_rate = 0.1f});
  sgd.step();
  EXPECT_ERROR(y.backward(), "mul: an input was changed in place");
}

TEST(InPlace, EveryViewOfTheValuesCounts) {
  const Tensor a = parameter({4, 2});
  const Tensor y = ops::mean_square(a);
  Tensor row = a.rows(1, 2);
  row.data()[0] = 5.0f;
  EXPECT_ERROR(y.backward(), "mean_square: an input was changed in place");
  const Tensor z = ops::mean_square(a);
  a.view({8}).data();  // through a temporary that is not const
  EXPECT_ERROR(z.backward(), "mean_square");
}

TEST(InPlace, ReadingIsNoChange) {
  Tensor a = parameter({2});
  const Tensor y = ops::sum(a * a);
  const std::uint64_t before = a.version();
  EXPECT_EQ(std::as_const(a).data()[0], 2.0f);
  EXPECT_EQ(a.at({1}), 2.0f);
  (void)a.clone();
  (void)a.detach();
  a.zero_grad();
  EXPECT_EQ(a.version(), before);
  y.backward();
  EXPECT_EQ(a.grad().at({0}), 4.0f);
}

using Operation = std::function<Tensor(const Tensor&)>;

struct Case {
  std::string name;
  Operation operation;
};

// Changes x, or the operation's result, between the two passes.
void expect_error_after_change(const Case& c, bool of_result) {
  SCOPED_TRACE(c.name);
  Tensor x = parameter({2, 2}, 0.5f);
  Tensor y = c.operation(x);
  const Tensor loss = ops::sum(y);
  (of_result ? y : x).data()[0] = 0.25f;
  EXPECT_ERROR(loss.backward(), c.name + (of_result ? ": the result" : ": an input") +
                                    " was changed in place after forward");
}

TEST(InPlace, OperationsThatReadTheirInputs) {
  const Tensor other = Tensor::ones({2, 2});
  const Tensor trained = parameter({2, 2});
  const std::vector<Case> cases{
      {"mul", [&](const Tensor& x) { return x * trained; }},
      {"div", [&](const Tensor& x) { return other / x; }},
      {"div", [&](const Tensor& x) { return x / x; }},
      {"maximum", [&](const Tensor& x) { return ops::maximum(x, other); }},
      {"pow", [&](const Tensor& x) { return ops::pow(x, 3.0f); }},
      {"log", ops::log},
      {"abs", ops::abs},
      {"clamp", [&](const Tensor& x) { return ops::clamp(x, 0.0f, 1.0f); }},
      {"relu", ops::relu},
      {"gelu", [&](const Tensor& x) { return ops::gelu(x); }},
      {"matmul", [&](const Tensor& x) { return ops::matmul(x, trained); }},
      {"matmul", [&](const Tensor& x) { return ops::matmul(trained, x); }},
      {"linear", [&](const Tensor& x) { return ops::linear(trained, x, Tensor()); }},
      {"layer_norm",
       [&](const Tensor& x) { return ops::layer_norm(x, {2}, Tensor(), Tensor(), 1.0f); }},
      {"mean_square", ops::mean_square},
      {"binary_cross_entropy",
       [&](const Tensor& x) { return losses::binary_cross_entropy(x, other); }},
      {"conv2d",
       [&](const Tensor& x) {
         return ops::conv2d(ops::reshape(x, {1, 1, 2, 2}), parameter({1, 1, 1, 1}), Tensor());
       }},
      {"conv2d",
       [&](const Tensor& x) {
         return ops::conv2d(parameter({1, 1, 2, 2}), ops::reshape(x, {1, 1, 2, 2}), Tensor());
       }},
      {"fake_quantize",
       [&](const Tensor& x) {
         return quantization::fake_quantize(x, {0.1f, 0}, {});
       }},
  };
  for (const Case& c : cases) expect_error_after_change(c, false);
}

TEST(InPlace, OperationsThatReadTheirResult) {
  const std::vector<Case> cases{
      {"exp", ops::exp},
      {"sqrt", ops::sqrt},
      {"sigmoid", ops::sigmoid},
      {"tanh", ops::tanh},
      {"softmax", [](const Tensor& x) { return ops::softmax(x, 1); }},
      {"log_softmax", [](const Tensor& x) { return ops::log_softmax(x, 1); }},
      {"causal_softmax", [](const Tensor& x) { return ops::causal_softmax(x, 1.0f); }},
  };
  for (const Case& c : cases) expect_error_after_change(c, true);
}

TEST(InPlace, OperationsThatReadNeitherGoOn) {
  const Tensor other = Tensor::ones({2, 2});
  const std::vector<Case> cases{
      {"add", [&](const Tensor& x) { return x + other; }},
      {"sub", [&](const Tensor& x) { return other - x; }},
      {"neg", [&](const Tensor& x) { return -x * 3.0f + 1.0f; }},
      {"mul by what is not trained", [&](const Tensor& x) { return x * other; }},
      {"div by what is not trained", [&](const Tensor& x) { return x / other; }},
      {"sum", [&](const Tensor& x) { return ops::sum(x, 0); }},
      {"mean", [&](const Tensor& x) { return ops::mean(x, 1); }},
      {"max", [&](const Tensor& x) { return ops::max(x, 1); }},
      {"reshape", [&](const Tensor& x) { return ops::reshape(x, {4}); }},
      {"transpose", [&](const Tensor& x) { return ops::transpose(x, 0, 1); }},
      {"cat",
       [&](const Tensor& x) {
         return ops::cat({x, other}, 0);
       }},
      {"narrow", [&](const Tensor& x) { return ops::narrow(x, 1, 0, 1); }},
      {"index_select",
       [&](const Tensor& x) {
         return ops::index_select(x, std::vector<std::int64_t>{1, 1});
       }},
      {"matmul", [&](const Tensor& x) { return ops::matmul(x, other); }},
      {"linear", [&](const Tensor& x) { return ops::linear(other, other, ops::sum(x, 0)); }},
      {"pooling",
       [&](const Tensor& x) {
         return ops::max_pool2d(ops::reshape(x, {1, 1, 2, 2}), {}) +
                ops::adaptive_avg_pool2d(ops::reshape(x, {1, 1, 2, 2}), 1, 1);
       }},
      {"cross_entropy",
       [&](const Tensor& x) {
         return losses::cross_entropy(x, std::vector<std::int64_t>{0, 1});
       }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Tensor x = parameter({2, 2}, 0.5f);
    Tensor y = c.operation(x);
    const Tensor loss = ops::sum(y);
    x.data()[0] = 100.0f;
    y.data()[0] = 100.0f;
    EXPECT_NO_THROW(loss.backward());
    EXPECT_TRUE(x.grad().defined());
  }
}

TEST(InPlace, ARecordThatDoesNotSayReadsAllItsInputs) {
  Tensor x = parameter({1});
  const auto rule = [](const Tensor& grad) { return std::vector{grad}; };
  const Tensor cautious = autograd::record("custom", Tensor::ones({1}), {x}, rule);
  const Tensor exact = autograd::record("exact", Tensor::ones({1}), {x}, rule, {});
  x.data()[0] = 3.0f;
  EXPECT_ERROR(cautious.backward(), "custom: an input was changed in place");
  exact.backward();
  EXPECT_EQ(x.grad().item(), 1.0f);
}

}  // namespace
}  // namespace tinytorch
