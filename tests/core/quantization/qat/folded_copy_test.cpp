#include "tinytorch/quantization/qat/detail/folded_copy.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

std::vector<std::string> keys(const nn::Module& model) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.state_dict()) names.push_back(name);
  return names;
}

// Trained a little, so that batch norm has statistics worth folding.
std::shared_ptr<nn::Sequential> trained(const small::Example& example) {
  Rng rng(5);
  auto model = example.make(rng);
  small::train_a_little(*model, example.sample, 5, 0.05f, rng);
  return model;
}

TEST(FoldedCopy, ComputesWhatTheModelComputes) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    const auto model = trained(example);
    const auto copy = folded_copy(*model);
    Rng rng(6);
    const Tensor x = small::batch(example.sample, 16, rng);
    EXPECT_GT(sqnr_db(model->forward(x).data(), copy->forward(x).data()), 110.0);
  }
}

TEST(FoldedCopy, KeepsEveryPathAndIsDeployedTheSame) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    const auto model = trained(example);
    const auto copy = folded_copy(*model);
    const std::vector<QatNode> before = match_network(*model);
    const std::vector<QatNode> after = match_network(*copy);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(after[i].path, before[i].path);
      EXPECT_EQ(after[i].kind, before[i].kind);
      EXPECT_EQ(after[i].inputs, before[i].inputs);
      EXPECT_EQ(after[i].activation, before[i].activation);
      EXPECT_EQ(after[i].batch_norm, nullptr);
    }
    const auto prepared = prepare_network(*model, {});
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (!before[i].has_weight()) continue;
      const WeightAndBias folded = prepared->folded(i);
      const auto layer = prepare_network(*copy, {})->folded(i);
      EXPECT_EQ(values(layer.weight), values(folded.weight));
      EXPECT_EQ(values(layer.bias), values(folded.bias));
    }
  }
}

TEST(FoldedCopy, NamesItsTensorsByTheModelsPaths) {
  Rng rng(1);
  const auto projected = std::make_shared<nn::Residual>(
      small::sequence({small::conv(2, 2, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(2),
                       std::make_shared<nn::Dropout>(0.5f, 1)}),
      small::conv(2, 2, 1, 1, 1, rng));
  nn::Sequential bare({projected});
  EXPECT_EQ(keys(*folded_copy(bare)),  // neither a bias nor a batch norm: the bias is 0
            (std::vector<std::string>{"0.body.0.weight", "0.body.0.bias", "0.shortcut.weight",
                                      "0.shortcut.bias"}));

  const auto block = std::make_shared<nn::Residual>(projected->body());
  nn::Sequential model({small::conv(1, 2, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(2),
                        std::make_shared<nn::ReLU>(), block, std::make_shared<nn::Flatten>(),
                        std::make_shared<nn::Linear>(8, 3, rng)});
  EXPECT_EQ(keys(*folded_copy(model)),
            (std::vector<std::string>{"0.weight", "0.bias", "3.body.0.weight", "3.body.0.bias",
                                      "5.weight", "5.bias"}));
}

TEST(FoldedCopy, SharesNothingWithTheModel) {
  for (const small::Example& example : small::every_example()) {
    const auto model = trained(example);
    const auto before = model->state_dict();
    std::vector<std::vector<float>> kept;
    for (const auto& [name, tensor] : before) kept.push_back(values(tensor));
    const auto copy = folded_copy(*model);
    copy->train();
    for (Tensor parameter : copy->parameters()) {
      for (float& value : parameter.data()) value = 9.0f;
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(values(before[i].second), kept[i]) << before[i].first;
    }
    EXPECT_FALSE(model->training());
    for (const auto& [name, child] : model->children()) EXPECT_FALSE(child->training()) << name;
  }
}

// Repairing the one would break the other.
TEST(FoldedCopy, MakesTwoLayersOfOneThatStandsInTwoPlaces) {
  Rng rng(2);
  const auto twice = std::make_shared<nn::Linear>(4, 4, rng);
  const auto copy = folded_copy(nn::Sequential({twice, std::make_shared<nn::ReLU>(), twice}));
  const auto state = copy->state_dict();
  ASSERT_EQ(state.size(), 4u);
  EXPECT_EQ(values(state[0].second), values(state[2].second));
  EXPECT_FALSE(state[0].second.shares_storage_with(state[2].second));
}

class Named : public nn::Sequential {
 public:
  explicit Named(std::shared_ptr<nn::Module> head) { register_module("head", std::move(head)); }
};

TEST(FoldedCopy, RefusesWhatItCannotCopy) {
  Rng rng(1);
  EXPECT_ERROR((void)folded_copy(Named(std::make_shared<nn::Linear>(4, 2, rng))),
               "head would be called 0");
  EXPECT_ERROR((void)folded_copy(nn::Sequential({std::make_shared<nn::BatchNorm2d>(2)})),
               "0, BatchNorm2d(2)");
}

}  // namespace
}  // namespace tinytorch::quantization
