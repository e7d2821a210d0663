// Real ONNX Runtime, twice, on files of networks quantized here.
#include "tinytorch/pipeline/verify/verify.h"

#include <gtest/gtest.h>

#include "tests/support/deployed_network.h"
#include "tests/support/digits_network.h"
#include "tests/support/expect_error.h"
#include "tests/support/graph_networks.h"
#include "tinytorch/onnx/dynamic_model.h"
#include "tinytorch/onnx/float_model.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/quantization/qat/roads.h"

namespace tinytorch::pipeline {
namespace {

using Providers = std::vector<std::shared_ptr<Provider>>;
using quantization::QuantizedNetwork;

Providers both() { return {cpu_provider(), web_provider()}; }

std::function<Tensor(const Tensor&)> in_float(const std::shared_ptr<nn::Module>& model) {
  return [model](const Tensor& x) {
    const autograd::NoGradGuard no_grad;
    model->eval();
    return (*model)(x);
  };
}

// The digits' network in float, static and dynamic int8.
struct Digits {
  Digits() {
    Rng rng(21);
    auto trained = digits_network::trained(rng);
    network = std::make_shared<QuantizedNetwork>(
        quantization::ptq(*trained.model, trained.digits.train.inputs().rows(0, 64)));
    question.inputs = trained.digits.test.inputs().rows(0, 50);
    question.float_file = {onnx::float_model(*trained.model, Shape{64}).to_bytes(),
                           in_float(trained.model)};
    question.static_file = {onnx::qdq_model(*network, onnx::Ends::kFloat).to_bytes(),
                            [net = network](const Tensor& x) { return net->forward(x); }};
    question.network = network.get();
  }
  std::shared_ptr<QuantizedNetwork> network;
  VerifyQuestion question;
};

std::string providers_of(const std::vector<VerifyRecord>& records) {
  std::string all;
  for (const VerifyRecord& one : records) {
    if (all.find(one.provider) == std::string::npos) all += one.provider + "; ";
  }
  return all;
}

TEST(Verify, BothProvidersComputeTheDigitsAsWeDo) {
  const Digits digits;
  const auto records = verify(digits.question, both());
  EXPECT_TRUE(verified(records)) << to_text(records);
  EXPECT_NE(providers_of(records).find("cpu"), std::string::npos);
  EXPECT_NE(providers_of(records).find("wasm"), std::string::npos);
  EXPECT_EQ(records.size(), 2u * (1 + 3 + 2 * 2));
}

TEST(Verify, ComparesConvolutionsSumsAndPoolsLayerByLayer) {
  Rng rng(22);
  for (const small::Example& example : small::examples()) {
    const QuantizedNetwork network = small::deployed(example, {}, rng);
    VerifyQuestion question;
    question.inputs = small::batch(example.sample, 20, rng);
    question.static_file = {onnx::qdq_model(network, onnx::Ends::kFloat).to_bytes(),
                            [&](const Tensor& x) { return network.forward(x); }};
    question.network = &network;
    const auto records = verify(question, {cpu_provider()});
    EXPECT_TRUE(verified(records)) << example.name << "\n" << to_text(records);
    if (example.name != "mlp") continue;
    const auto in_web = verify(question, {web_provider()});
    EXPECT_TRUE(verified(in_web)) << example.name << "\n" << to_text(in_web);
  }
}

// Exponentials and float layers may be a code off, alone; what follows them is counted.
TEST(Verify, AllowsExponentialsANeighboursCode) {
  Rng rng(26);
  for (const small::Example& example : {small::Example{"functions", small::functions, {12}},
                                        small::Example{"islands", small::islands, {2, 8, 8}}}) {
    const QuantizedNetwork network = small::deployed(example, {}, rng);
    VerifyQuestion question;
    question.inputs = small::batch(example.sample, 200, rng);
    question.static_file = {onnx::qdq_model(network, onnx::Ends::kFloat).to_bytes(),
                            [&](const Tensor& x) { return network.forward(x); }};
    question.network = &network;
    const auto records = verify(question, {cpu_provider()});
    EXPECT_TRUE(verified(records)) << example.name << "\n" << to_text(records);
    EXPECT_FALSE(records[0].required) << "the whole file is counted only";
    EXPECT_NE(to_text(records).find("exponentials and float sums"), std::string::npos);
  }
}

// Another network's file: every kind of difference is seen.
TEST(Verify, SeesAFileThatIsNotTheNetworks) {
  Digits digits;
  Rng rng(23);
  auto other = digits_network::make(rng);
  digits.question.float_file.onnx = onnx::float_model(*other, Shape{64}).to_bytes();
  const auto records = verify(digits.question, {cpu_provider()});
  EXPECT_FALSE(verified(records));
  EXPECT_FALSE(records[0].pass);
  EXPECT_GT(records[0].differ, 400);
  EXPECT_TRUE(records[1].pass);
  EXPECT_NE(to_text(records).find("FAIL float file"), std::string::npos) << to_text(records);
}

// A last bit of one weight's scale: what a tolerance would swallow.
TEST(Verify, IntegersMustAgreeBitForBit) {
  Digits digits;
  const auto ours = digits.question.static_file.ours;
  digits.question.static_file.ours = [&](const Tensor& x) {
    Tensor y = ours(x);
    y.data()[17] = std::nextafter(y.data()[17], 1e9f);
    return y;
  };
  const auto records = verify(digits.question, {cpu_provider()});
  EXPECT_FALSE(verified(records));
  EXPECT_EQ(records[1].differ, 1);
  EXPECT_LT(records[1].largest, 1e-6);
}

TEST(Verify, CountsWhatUnoptimizedRunsDoOtherwise) {
  // Ties wherever one looks: sums in float and in int32 round to different codes.
  Rng rng(24);
  std::int64_t differ = 0;
  double largest = 0.0;
  for (int trial = 0; trial < 10; ++trial) {
    for (const small::Example& example : small::examples()) {
      const QuantizedNetwork network = small::deployed(example, {}, rng);
      VerifyQuestion question;
      question.inputs = small::batch(example.sample, 100, rng);
      question.network = &network;
      for (const VerifyRecord& record : verify(question, {cpu_provider()})) {
        if (record.required) continue;
        differ += record.differ;
        largest = std::max(largest, record.largest);
      }
    }
  }
  RecordProperty("differ", static_cast<int>(differ));
  EXPECT_GT(differ, 0);
  EXPECT_EQ(largest, 1.0);  // never more than the documented one
}

TEST(Verify, DynamicFilesAgreeUnoptimized) {
  Rng rng(25);
  auto model = digits_network::make(rng);
  VerifyQuestion question;
  question.inputs = Tensor::randn(Shape{30, 64}, rng);
  question.dynamic_file.onnx = onnx::dynamic_model(*model, Shape{64}).to_bytes();
  quantization::dynamic(*model);
  question.dynamic_file.ours = in_float(model);
  const auto records = verify(question, both());
  EXPECT_TRUE(verified(records)) << to_text(records);
  EXPECT_EQ(records.size(), 4u);
}

// Where a runtime is absent nothing was verified, and that is not a pass.
TEST(Verify, SaysWhatWasNotVerified) {
  class Absent : public Provider {
   public:
    std::string name() const override { throw Error("it is not installed; type: x"); }
    Tensor run(std::string_view, peers::Optimization, const Tensor&, const Shape&) const override {
      throw Error("unreachable");
    }
    std::vector<std::uint8_t> run_codes(std::string_view, peers::Optimization,
                                        std::span<const std::uint8_t>, const Shape&,
                                        const Shape&) const override {
      throw Error("unreachable");
    }
  };
  const Digits digits;
  const auto records =
      verify(digits.question, Providers{cpu_provider(), std::make_shared<Absent>()});
  EXPECT_FALSE(verified(records));
  EXPECT_NE(to_text(records).find("not verified; it is not installed; type: x"), std::string::npos)
      << to_text(records);
  EXPECT_FALSE(verified({}));
  EXPECT_ERROR(verify({}, both()), "at least one row");
}

TEST(Verify, ADamagedFileIsNotVerified) {
  Digits digits;
  digits.question.static_file.onnx.resize(100);
  for (const auto& provider : both()) {
    const auto records = verify(digits.question, {provider});
    EXPECT_FALSE(verified(records));
    EXPECT_NE(to_text(records).find("not verified: ONNX Runtime"), std::string::npos)
        << to_text(records);
  }
}

}  // namespace
}  // namespace tinytorch::pipeline
