#include "tinytorch/quantization/qat/detail/equalize_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/detail/folded_copy.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs_of(const nn::Module& model) {
  const std::vector<QatNode> nodes = match_network(model);
  Pairs pairs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (const auto second = equalizable(nodes, i)) {
      pairs.emplace_back(nodes[i].path, nodes[*second].path);
    }
  }
  return pairs;
}

std::shared_ptr<nn::Conv2d> conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                 std::int64_t groups, Rng& rng) {
  return std::make_shared<nn::Conv2d>(
      in, out, kernel, nn::Conv2dOptions{.padding = kernel / 2, .groups = groups}, rng);
}

// Channels of very different sizes in what each layer writes.
void pull_apart(const nn::Module& model) {
  for (const QatNode& node : match_network(model)) {
    if (!node.has_weight()) continue;
    Tensor weight = node.conv != nullptr ? node.conv->weight() : node.linear->weight();
    const std::int64_t length = weight.numel() / weight.size(0);
    for (std::int64_t i = 0; i < weight.numel(); ++i) {
      weight.data()[static_cast<std::size_t>(i)] *=
          std::exp2(static_cast<float>(i / length % 5) - 2.0f);
    }
  }
}

// 1x1, depthwise, grouped with more outputs than inputs, pools, Flatten.
std::shared_ptr<nn::Sequential> every_neighbour(Rng& rng) {
  return small::sequence(
      {conv(2, 8, 1, 1, rng), std::make_shared<nn::ReLU>(), conv(8, 8, 3, 8, rng),
       std::make_shared<nn::ReLU>(), std::make_shared<nn::AvgPool2d>(3, 1, 1),
       conv(8, 16, 3, 8, rng), conv(16, 12, 3, 4, rng), std::make_shared<nn::ReLU>(),
       std::make_shared<nn::MaxPool2d>(2), std::make_shared<nn::Flatten>(),
       std::make_shared<nn::Linear>(12 * 16, 10, rng), std::make_shared<nn::ReLU>(),
       std::make_shared<nn::Dropout>(0.1f, 1), std::make_shared<nn::Linear>(10, 5, rng)});
}

TEST(Equalizable, PassesReluPoolsAndFlatten) {
  Rng rng(1);
  EXPECT_EQ(pairs_of(*every_neighbour(rng)),
            (Pairs{{"0", "2"}, {"2", "5"}, {"5", "6"}, {"6", "10"}, {"10", "13"}}));
  EXPECT_EQ(pairs_of(*small::cnn(rng)), (Pairs{{"0", "4"}, {"4", "9"}}));
}

TEST(Equalizable, StopsAtRelu6) {
  Rng rng(1);
  EXPECT_EQ(pairs_of(*small::depthwise(rng)), Pairs{});
}

// Only the pair inside the first body is left: before it the shortcut reads too, behind it is a
// sum, and behind that both branches of the second block.
TEST(Equalizable, StopsAtABranchAndAtASum) {
  Rng rng(1);
  EXPECT_EQ(pairs_of(*small::residual(rng)), (Pairs{{"1.body.0", "1.body.3"}}));
}

TEST(EqualizeNetwork, KeepsTheFunctionAndEvensOutEveryPair) {
  const autograd::NoGradGuard no_grad;
  Rng rng(2);
  const auto model = every_neighbour(rng);
  model->eval();
  pull_apart(*model);
  const Tensor x = small::batch({2, 8, 8}, 16, rng);
  const Tensor before = model->forward(x);
  equalize_network(match_network(*model));
  EXPECT_GT(sqnr_db(before.data(), model->forward(x).data()), 110.0);

  // What 0 writes and what the depthwise 2 reads, channel by channel.
  const Tensor first = model->state_dict()[0].second;
  const Tensor second = model->state_dict()[2].second;
  for (std::int64_t c = 0; c < 8; ++c) {
    float r1 = 0.0f;
    float r2 = 0.0f;
    for (std::int64_t i = 0; i < 2; ++i) r1 = std::max(r1, std::abs(first.at({c, i, 0, 0})));
    for (std::int64_t k = 0; k < 9; ++k)
      r2 = std::max(r2, std::abs(second.at({c, 0, k / 3, k % 3})));
    EXPECT_NEAR(r1 / r2, 1.0f, 0.02f) << "channel " << c;
  }
}

// Everything that must not be crossed stays as it is, to the bit.
TEST(EqualizeNetwork, LeavesRelu6AndResidualsAlone) {
  for (const auto make : {small::depthwise, small::residual}) {
    Rng rng(3);
    const auto model = make(rng);
    small::train_a_little(*model, {2, 8, 8}, 4, 0.05f, rng);
    pull_apart(*model);
    const auto equalized = folded_copy(*model);
    const auto before = folded_copy(*model)->state_dict();
    equalize_network(match_network(*equalized));
    const auto after = equalized->state_dict();
    for (std::size_t i = 0; i < before.size(); ++i) {
      const Tensor a = before[i].second;
      const Tensor b = after[i].second;
      const bool same = std::equal(a.data().begin(), a.data().end(), b.data().begin());
      const std::string& key = before[i].first;
      EXPECT_EQ(same,
                key != "1.body.0.weight" && key != "1.body.0.bias" && key != "1.body.3.weight")
          << key;
    }
  }
}

TEST(EqualizeNetwork, NamesTheLayersThatDoNotFit) {
  Rng rng(4);
  const nn::Sequential apart({conv(1, 6, 1, 1, rng), conv(4, 2, 1, 1, rng)});
  EXPECT_ERROR(equalize_network(match_network(apart)), "0 and 1: writes 6 channels, 4 are read");
  const nn::Sequential flat({conv(1, 6, 1, 1, rng), std::make_shared<nn::Flatten>(),
                             std::make_shared<nn::Linear>(10, 2, rng)});
  EXPECT_ERROR(equalize_network(match_network(flat)), "0 and 2: ");
  const nn::Sequential broken({conv(1, 2, 1, 1, rng), conv(2, 2, 1, 1, rng)});
  Tensor weight = broken.state_dict()[2].second;
  weight.data()[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(equalize_network(match_network(broken)), "0 and 1: input_ranges: weight[1]");
}

}  // namespace
}  // namespace tinytorch::quantization
