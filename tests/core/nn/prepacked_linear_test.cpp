// Linear layers whose weight is rearranged once, beside Linear.
#include "tinytorch/nn/prepacked_linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/math.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::nn {
namespace {

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

// Each output the chain of packed_gemm.h, from the bias on.
std::vector<float> chain(const Linear& linear, const Tensor& x) {
  const std::int64_t in = linear.in_features();
  std::vector<float> out;
  for (std::int64_t row = 0; row < x.numel() / in; ++row) {
    for (std::int64_t o = 0; o < linear.out_features(); ++o) {
      float sum = linear.bias().defined() ? linear.bias().at({o}) : 0.0f;
      for (std::int64_t i = 0; i < in; ++i) {
        sum = std::fma(x.data()[static_cast<std::size_t>(row * in + i)], linear.weight().at({o, i}),
                       sum);
      }
      out.push_back(sum);
    }
  }
  return out;
}

TEST(PrepackedLinear, IsTheChainToTheBitForAnyRowsSizesAndThreads) {
  Rng rng(1);
  for (const bool bias : {true, false}) {
    for (const auto& [in, out] : {std::pair{1, 1}, {7, 33}, {64, 32}, {130, 97}}) {
      const Linear linear(in, out, LinearOptions{.bias = bias}, rng);
      PrepackedLinear packed(linear);
      EXPECT_EQ(packed.in_features(), in);
      EXPECT_EQ(packed.out_features(), out);
      for (const std::int64_t rows : {1, 3, 4, 13, 64}) {
        const Tensor x = Tensor::randn({rows, in}, rng);
        for (const int threads : {1, 2}) {
          set_num_threads(threads);
          EXPECT_EQ(values(packed.forward(x)), chain(linear, x))
              << rows << " × " << in << " × " << out << ", threads " << threads;
        }
      }
    }
  }
  set_num_threads(1);
}

TEST(PrepackedLinear, TakesAnyLeadingDimensionsAndNoRows) {
  Rng rng(2);
  const Linear linear(5, 3, rng);
  PrepackedLinear packed(linear);
  const Tensor x = Tensor::randn({2, 4, 5}, rng);
  EXPECT_EQ(packed.forward(x).shape(), (Shape{2, 4, 3}));
  EXPECT_EQ(values(packed.forward(x)), chain(linear, x));
  EXPECT_EQ(packed.forward(Tensor(Shape{0, 5})).shape(), (Shape{0, 3}));
  EXPECT_ERROR((void)packed.forward(Tensor(Shape{2, 4})),
               "PrepackedLinear: input [2, 4], expected [..., 5]");
}

TEST(PrepackedLinear, KeepsTheWeightOfThatMomentAndTrainsNothing) {
  Rng rng(3);
  const auto linear = std::make_shared<Linear>(4, 2, rng);
  PrepackedLinear packed(*linear);
  const Tensor x = Tensor::randn({1, 4}, rng);
  const auto before = values(packed.forward(x));
  Tensor weight = linear->weight();
  Tensor bias = linear->bias();
  weight.data()[0] += 1.0f;
  bias.data()[0] += 1.0f;
  EXPECT_EQ(values(packed.forward(x)), before);
  EXPECT_TRUE(packed.parameters().empty());
  Tensor trained = Tensor::randn({1, 4}, rng);
  trained.set_requires_grad(true);
  Tensor sum = ops::sum(packed.forward(trained));
  EXPECT_ERROR(sum.backward(), "PrepackedLinear: no gradient; it is for inference");
}

TEST(PrepackedLinear, ReplacesTheChosenLinearsOfAModel) {
  Rng rng(4);
  Sequential model({std::make_shared<Linear>(6, 5, rng), std::make_shared<ReLU>(),
                    std::make_shared<Linear>(5, 2, LinearOptions{.bias = false}, rng)});
  const Tensor x = Tensor::randn({8, 6}, rng);
  const Tensor before = model.forward(x);
  EXPECT_EQ(prepack_linears(model, [](const std::string& path) { return path == "2"; }),
            std::vector<std::string>{"2"});
  EXPECT_EQ(model.layers()[2]->describe(), "PrepackedLinear(5, 2, bias=False)");
  EXPECT_EQ(prepack_linears(model), std::vector<std::string>{"0"});
  const Tensor after = model.forward(x);
  for (std::size_t i = 0; i < after.data().size(); ++i) {
    EXPECT_NEAR(after.data()[i], before.data()[i], 1e-6f);
  }
  EXPECT_ERROR((void)prepack_linears(model), "no Linear to convert");
}

}  // namespace
}  // namespace tinytorch::nn
