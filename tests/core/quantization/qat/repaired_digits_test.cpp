// What repair is for: networks trained on digits that rounding alone would ruin.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/small_networks.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/data/digits.h"
#include "tinytorch/data/split.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/quantization/qat/detail/folded_copy.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/train/loss.h"
#include "tinytorch/train/metrics.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::quantization {
namespace {

constexpr RepairOptions kNone{.equalize = false, .adaround = false, .correct_bias = false};
constexpr RepairOptions kEqualized{.adaround = false, .correct_bias = false};

struct Digits {
  data::TensorDataset train;
  data::TensorDataset test;
};

const Digits& digits() {
  static const Digits halves = [] {
    const data::TensorDataset rows = data::load_digits();
    const data::TensorDataset all(rows.inputs().view({-1, 1, 8, 8}), rows.labels());
    Rng rng(1);
    const data::Split split = data::stratified_split(all.labels(), 0.2, rng);
    return Digits{all.subset(split.train), all.subset(split.test)};
  }();
  return halves;
}

std::shared_ptr<nn::Sequential> trained_on_digits(std::shared_ptr<nn::Sequential> model,
                                                  std::int64_t epochs) {
  optim::AdamW optimizer(model->parameters(), {.learning_rate = 4e-3f});
  data::DataLoader loader(digits().train, {.batch_size = 32, .shuffle = true, .seed = 1});
  train::Trainer trainer(*model, optimizer, train::cross_entropy());
  model->train();
  (void)trainer.fit(loader, epochs);
  model->eval();
  return model;
}

double accuracy(const Tensor& logits) {
  return static_cast<double>(train::count_correct(logits, digits().test.labels())) /
         static_cast<double>(digits().test.size());
}

double repaired_accuracy(const nn::Module& model, const QConfig& config,
                         const RepairOptions& options) {
  const autograd::NoGradGuard no_grad;
  const Tensor calibration = digits().train.inputs().rows(0, 256);
  const auto repaired = repaired_network(model, calibration, config, options);
  const auto net = prepare_network(*repaired, config);
  net->eval();
  (void)net->forward(calibration);
  return accuracy(convert_network(*net).forward(digits().test.inputs()));
}

std::shared_ptr<nn::Sequential> digits_cnn(std::uint64_t seed) {
  Rng rng(seed);
  return small::sequence({small::conv(1, 8, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(8),
                          std::make_shared<nn::ReLU>(), std::make_shared<nn::MaxPool2d>(2),
                          small::conv(8, 16, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(16),
                          std::make_shared<nn::ReLU>(), std::make_shared<nn::MaxPool2d>(2),
                          std::make_shared<nn::Flatten>(),
                          std::make_shared<nn::Linear>(64, 10, rng)});
}

std::shared_ptr<nn::Sequential> digits_separable(Rng& rng) {
  return small::sequence({small::conv(1, 12, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(12),
                          std::make_shared<nn::ReLU>(), std::make_shared<nn::MaxPool2d>(2),
                          small::conv(12, 12, 3, 1, 12, rng), std::make_shared<nn::BatchNorm2d>(12),
                          std::make_shared<nn::ReLU>(), small::conv(12, 24, 1, 1, 1, rng),
                          std::make_shared<nn::BatchNorm2d>(24), std::make_shared<nn::ReLU>(),
                          std::make_shared<nn::AdaptiveAvgPool2d>(1, 1),
                          std::make_shared<nn::Flatten>(),
                          std::make_shared<nn::Linear>(24, 10, rng)});
}

// Channel c of what `first` writes divided by 2^(step · (c % 5 - 2)), what reads it multiplied:
// powers of two, so that the float network stays what it was, to the bit.
void scale_apart(const nn::Conv2d& first, const nn::Conv2d& second, float step) {
  Tensor weight = first.weight();
  Tensor bias = first.bias();
  Tensor reader = second.weight();
  const bool depthwise = second.options().groups > 1;
  const auto channels = static_cast<std::size_t>(weight.size(0));
  const std::size_t row = weight.data().size() / channels;
  const std::size_t columns = reader.data().size() / (depthwise ? channels : 1);
  for (std::size_t c = 0; c < channels; ++c) {
    const float factor = std::exp2(step * (static_cast<float>(c % 5) - 2.0f));
    for (float& w : weight.data().subspan(c * row, row)) w /= factor;
    bias.data()[c] /= factor;
    if (depthwise) {
      for (float& w : reader.data().subspan(c * columns, columns)) w *= factor;
    } else {
      for (std::size_t o = 0; o < columns / channels; ++o)
        reader.data()[o * channels + c] *= factor;
    }
  }
}

TEST(RepairedDigits, EqualizationSavesADepthwiseNetworkWithOneScalePerTensor) {
  Rng rng(3);
  const auto trained_model = trained_on_digits(digits_separable(rng), 10);
  const auto folded = folded_copy(*trained_model);
  const std::vector<QatNode> nodes = match_network(*folded);
  const Tensor before = folded->forward(digits().test.inputs());
  scale_apart(*nodes[0].conv, *nodes[2].conv, 2.0f);  // a pool in between
  scale_apart(*nodes[2].conv, *nodes[3].conv, -2.0f);
  const double exact = accuracy(before);
  const Tensor after = folded->forward(digits().test.inputs());
  EXPECT_TRUE(std::equal(after.data().begin(), after.data().end(), before.data().begin()));

  const QConfig config{.granularity = Granularity::kPerTensor};
  const double plain = repaired_accuracy(*folded, config, kNone);
  const double equalized = repaired_accuracy(*folded, config, kEqualized);
  const double all = repaired_accuracy(*folded, config, {.rounding = {.steps = 300}});
  EXPECT_GT(exact, 0.9);
  EXPECT_LT(plain, exact - 0.5);
  EXPECT_GT(equalized, exact - 0.02);
  EXPECT_GT(all, exact - 0.02);
}

// Accuracies of three networks, on average.
struct Accuracies {
  double exact = 0.0;
  double rounded = 0.0;
  double repaired = 0.0;
};

Accuracies accuracies(int bits) {
  Accuracies mean;
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const auto model = trained_on_digits(digits_cnn(seed), 6);
    const QConfig config{.weight_bits = bits};
    mean.exact += accuracy(model->forward(digits().test.inputs())) / 3.0;
    mean.rounded += repaired_accuracy(*model, config, kNone) / 3.0;
    mean.repaired += repaired_accuracy(*model, config, {.rounding = {.steps = 300}}) / 3.0;
  }
  return mean;
}

TEST(RepairedDigits, LosesLessAtThreeBitsThanRoundingToNearest) {
  const Accuracies at = accuracies(3);
  EXPECT_GT(at.repaired, at.rounded + 0.01);
  EXPECT_GT(at.repaired, at.exact - 0.02);
}

TEST(RepairedDigits, SavesANetworkOfTwoBits) {
  const Accuracies at = accuracies(2);
  EXPECT_LT(at.rounded, 0.5);
  EXPECT_GT(at.repaired, 0.85);
}

}  // namespace
}  // namespace tinytorch::quantization
