// The operations that are members of Tensor: each is the function of its name in namespace ops.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/autograd/ops.h"

namespace tinytorch {
namespace {

using Operation = std::function<Tensor(const Tensor&)>;

struct Pair {
  std::string name;
  Operation member;
  Operation function;
};

const Tensor kOther({3, 2}, {1, -2, 3, 0.5f, -1, 2});

std::vector<Pair> pairs() {
  return {
      {"sum", [](const Tensor& x) { return x.sum(); }, [](auto& x) { return ops::sum(x); }},
      {"mean", [](const Tensor& x) { return x.mean(); }, [](auto& x) { return ops::mean(x); }},
      {"max", [](const Tensor& x) { return x.max(); }, [](auto& x) { return ops::max(x); }},
      {"sum(dim)", [](const Tensor& x) { return x.sum(1); },
       [](auto& x) { return ops::sum(x, 1); }},
      {"mean(dim, keepdim)", [](const Tensor& x) { return x.mean(0, {.keepdim = true}); },
       [](auto& x) { return ops::mean(x, 0, {.keepdim = true}); }},
      {"max(dim)", [](const Tensor& x) { return x.max(-1); },
       [](auto& x) { return ops::max(x, -1); }},
      {"exp", [](const Tensor& x) { return x.exp(); }, [](auto& x) { return ops::exp(x); }},
      {"log", [](const Tensor& x) { return x.log(); }, [](auto& x) { return ops::log(x); }},
      {"sqrt", [](const Tensor& x) { return x.sqrt(); }, [](auto& x) { return ops::sqrt(x); }},
      {"abs", [](const Tensor& x) { return x.abs(); }, [](auto& x) { return ops::abs(x); }},
      {"pow", [](const Tensor& x) { return x.pow(3); }, [](auto& x) { return ops::pow(x, 3); }},
      {"clamp", [](const Tensor& x) { return x.clamp(1, 3); },
       [](auto& x) { return ops::clamp(x, 1, 3); }},
      {"relu", [](const Tensor& x) { return x.relu(); }, [](auto& x) { return ops::relu(x); }},
      {"sigmoid", [](const Tensor& x) { return x.sigmoid(); },
       [](auto& x) { return ops::sigmoid(x); }},
      {"tanh", [](const Tensor& x) { return x.tanh(); }, [](auto& x) { return ops::tanh(x); }},
      {"gelu", [](const Tensor& x) { return x.gelu(); }, [](auto& x) { return ops::gelu(x); }},
      {"softmax", [](const Tensor& x) { return x.softmax(1); },
       [](auto& x) { return ops::softmax(x, 1); }},
      {"log_softmax", [](const Tensor& x) { return x.log_softmax(0); },
       [](auto& x) { return ops::log_softmax(x, 0); }},
      {"matmul", [](const Tensor& x) { return x.matmul(kOther); },
       [](auto& x) { return ops::matmul(x, kOther); }},
      {"reshape",
       [](const Tensor& x) {
         return x.reshape({3, -1});
       },
       [](auto& x) {
         return ops::reshape(x, {3, -1});
       }},
      {"reshape(Shape)", [](const Tensor& x) { return x.reshape(Shape{6}); },
       [](auto& x) { return ops::reshape(x, Shape{6}); }},
      {"flatten", [](const Tensor& x) { return x.flatten(0); },
       [](auto& x) { return ops::flatten(x, 0); }},
      {"transpose", [](const Tensor& x) { return x.transpose(0, 1); },
       [](auto& x) { return ops::transpose(x, 0, 1); }},
      {"narrow", [](const Tensor& x) { return x.narrow(1, 1, 2); },
       [](auto& x) { return ops::narrow(x, 1, 1, 2); }},
  };
}

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}

// The gradient of Σ y² that reaches x.
std::vector<float> gradient(const Operation& operation) {
  Tensor x({2, 3}, {0.5f, 1, 2, 3, 4, 5});
  x.set_requires_grad();
  const Tensor y = operation(x);
  ops::sum(y * y).backward();
  return values(x.grad());
}

TEST(TensorOperations, GiveWhatTheFunctionsGiveAndRecordTheirGradients) {
  const Tensor x({2, 3}, {0.5f, 1, 2, 3, 4, 5});
  for (const Pair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    EXPECT_EQ(pair.member(x).shape(), pair.function(x).shape());
    EXPECT_EQ(values(pair.member(x)), values(pair.function(x)));
    EXPECT_EQ(gradient(pair.member), gradient(pair.function));
  }
  EXPECT_EQ(x.argmax(1), ops::argmax(x, 1));
}

TEST(TensorOperations, ErrorsNameTheOperation) {
  EXPECT_ERROR(static_cast<void>(Tensor::zeros({2, 3}).matmul(Tensor::zeros({4, 5}))),
               "matmul: [2, 3] × [4, 5]: inner sizes 3 and 4 differ");
  EXPECT_ERROR(static_cast<void>(Tensor::zeros({2, 3}).sum(2)), "sum");
}

TEST(TensorOperations, BackwardKeepsTheGraphWhereAsked) {
  Tensor x({2}, {1, 2});
  x.set_requires_grad();
  const Tensor y = x.pow(2).sum();
  y.backward({.retain_graph = true});
  y.backward();
  EXPECT_EQ(values(x.grad()), (std::vector<float>{4, 8}));
  EXPECT_ERROR(y.backward(), "give that one {.retain_graph = true}");
}

TEST(NoGrad, NothingIsRecordedInsideAndEverythingAgainBehind) {
  Tensor x({2}, {1, 2});
  x.set_requires_grad();
  EXPECT_FALSE(no_grad([&] { return x.sum(); }).requires_grad());
  {
    const NoGradGuard guard;
    EXPECT_FALSE(x.sum().requires_grad());
  }
  EXPECT_TRUE(x.sum().requires_grad());
  EXPECT_THROW(no_grad([] { throw Error("inside"); }), Error);
  EXPECT_TRUE(x.sum().requires_grad());
}

}  // namespace
}  // namespace tinytorch
