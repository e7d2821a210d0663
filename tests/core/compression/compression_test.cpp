// Module 16 together with the rest: what is pruned stays pruned through training and quantization,
// what shrinks costs less, and its files are smaller.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/compression/compressed_file.h"
#include "tinytorch/compression/distillation.h"
#include "tinytorch/compression/gradual.h"
#include "tinytorch/compression/low_rank.h"
#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/compression/structured.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/profiling/counting.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::compression {
namespace {

using testing_support::TemporaryFile;

std::shared_ptr<nn::Sequential> mlp(std::uint64_t seed) {
  Rng rng(seed);
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(24, 64, rng))
      .append(std::make_shared<nn::ReLU>())
      .append(std::make_shared<nn::Linear>(64, 40, rng))
      .append(std::make_shared<nn::ReLU>())
      .append(std::make_shared<nn::Linear>(40, 5, rng));
  return model;
}

data::TensorDataset examples(std::uint64_t seed) {
  Rng rng(seed);
  const Tensor inputs = Tensor::randn(Shape{160, 24}, rng);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 160; ++i) {
    labels.push_back(inputs.at({i, 0}) > 0.0f ? 1 : inputs.at({i, 1}) > 0.0f ? 2 : 4);
  }
  return {inputs, labels};
}

void train(nn::Module& model, const data::TensorDataset& data,
           const std::shared_ptr<train::Callback>& callback) {
  optim::AdamW optimizer(model.parameters(), {.learning_rate = 0.01f, .weight_decay = 0.1f});
  data::DataLoader loader(data, {.batch_size = 32, .shuffle = true, .seed = 3});
  train::Trainer trainer(model, optimizer, train::cross_entropy(), {.callbacks = {callback}});
  (void)trainer.fit(loader, 6);
  model.eval();
}

std::shared_ptr<GradualPruner> pruner(const nn::Module& model, double ratio) {
  return std::make_shared<GradualPruner>(prunable_weights(model),
                                         PruningSchedule{.final = ratio, .every = 3, .updates = 5},
                                         Scope::kGlobal);
}

// --- pruning and training ---

TEST(Pruning, HoldsThroughAdamWToTheLastStep) {
  const auto model = mlp(1);
  train(*model, examples(2), pruner(*model, 0.8));
  EXPECT_NEAR(sparsity(prunable_weights(*model)), 0.8, 1e-3);
}

TEST(Pruning, AScheduleThatIsNoneIsRefusedAtOnce) {
  const std::vector<nn::NamedTensor> weights{{"w", Tensor::ones({2})}};
  for (const PruningSchedule& none :
       {PruningSchedule{.every = 0}, PruningSchedule{.begin = -3}, PruningSchedule{.updates = 0},
        PruningSchedule{.final = 1.0}}) {
    EXPECT_ERROR(GradualPruner(weights, none, Scope::kGlobal), "GradualPruner");
  }
}

TEST(Shrinking, RefusesWhatHasNoValuesAndInputsThatDoNotDivide) {
  const std::vector<std::int64_t> first{0};
  EXPECT_ERROR((void)select_inputs(Tensor(Shape{0, 4}), first, 2), "[0, 4]");
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::Conv2d>(1, 4, 1, nn::Conv2dOptions{}, rng))
      .append(std::make_shared<nn::Flatten>())
      .append(std::make_shared<nn::Linear>(6, 2, rng));
  const std::vector<KeptChannels> plan{{0, {1}}};
  EXPECT_ERROR((void)shrink(model, plan), "4 channels do not divide");
}

TEST(Pruning, FindsWeightsAtAnyDepthAndNoOthers) {
  Rng rng(3);
  auto inner = std::make_shared<nn::Sequential>();
  inner->append(std::make_shared<nn::Conv2d>(1, 2, 3, nn::Conv2dOptions{}, rng))
      .append(std::make_shared<nn::BatchNorm2d>(2));
  nn::Sequential model;
  model.append(inner).append(std::make_shared<nn::Linear>(4, 2, rng));
  const auto weights = prunable_weights(model);
  ASSERT_EQ(weights.size(), 2u);
  EXPECT_EQ(weights[0].first, "0.0.weight");
  EXPECT_EQ(weights[1].first, "1.weight");
  EXPECT_ERROR((void)sparsity(std::span<const float>()), "no weights");
}

// --- shrinking ---

void silence_neurons(const nn::Linear& layer, const std::vector<std::int64_t>& kept) {
  Tensor weight = layer.weight(), bias = layer.bias();
  for (std::int64_t o = 0; o < layer.out_features(); ++o) {
    if (std::find(kept.begin(), kept.end(), o) != kept.end()) continue;
    for (float& w : weight.rows(o, o + 1).data()) w = 0.0f;
    bias.data()[static_cast<std::size_t>(o)] = 0.0f;
  }
}

TEST(Shrinking, EqualsTheMaskedMlpInEveryValue) {
  const auto model = mlp(4);
  model->eval();
  const auto plan = plan_pruning(*model, 0.6);
  const auto small = shrink(*model, plan);
  for (const KeptChannels& entry : plan) {
    silence_neurons(dynamic_cast<const nn::Linear&>(*model->layers()[entry.layer]), entry.channels);
  }
  const autograd::NoGradGuard no_grad;
  Rng rng(5);
  const Tensor x = Tensor::randn(Shape{64, 24}, rng);
  const Tensor expected = model->forward(x);
  const Tensor got = small->forward(x);
  // A product with 0 added to a chain of sums changes none of them, so not even rounding differs.
  for (std::size_t i = 0; i < 64 * 5; ++i) ASSERT_EQ(got.data()[i], expected.data()[i]) << i;
}

TEST(Shrinking, CostsAsMuchLessAsItIsSmaller) {
  Rng rng(6);
  nn::Sequential model;
  model.append(std::make_shared<nn::Conv2d>(1, 16, 3, nn::Conv2dOptions{.padding = 1}, rng))
      .append(std::make_shared<nn::BatchNorm2d>(16))
      .append(std::make_shared<nn::ReLU>())
      .append(std::make_shared<nn::MaxPool2d>(2))
      .append(std::make_shared<nn::Conv2d>(16, 32, 3, nn::Conv2dOptions{.padding = 1}, rng))
      .append(std::make_shared<nn::ReLU>())
      .append(std::make_shared<nn::Flatten>())
      .append(std::make_shared<nn::Linear>(32 * 16, 10, rng));
  model.eval();
  const auto small = shrink(model, plan_pruning(model, 0.5));
  const auto whole = profiling::walk_model(model, Shape{1, 1, 8, 8});
  const auto half = profiling::walk_model(*small, Shape{1, 1, 8, 8});
  // The second convolution loses half of its inputs and half of its outputs.
  EXPECT_EQ(to_string(half[4].output), "[1, 16, 4, 4]");
  EXPECT_NEAR(static_cast<double>(profiling::layer_cost(half[4]).flops) /
                  static_cast<double>(profiling::layer_cost(whole[4]).flops),
              0.25, 0.01);
  EXPECT_LT(profiling::model_cost(half).flops, profiling::model_cost(whole).flops * 3 / 10);
}

// --- pruning, then quantizing ---

TEST(PruningThenQuantizing, ZerosStayZeroCodesAndFilesShrink) {
  const auto data = examples(7);
  const auto dense = mlp(8);
  const auto model = mlp(8);
  train(*dense, data, std::make_shared<GradualPruner>(std::vector<MaskedWeight>{}));
  train(*model, data, pruner(*model, 0.85));
  auto qat = quantization::prepare_qat(*model, {.weight_bits = 8});
  (void)qat->forward(data.inputs());
  qat->set_phase(quantization::QatPhase::kQuantize);
  // Training on in integers, the masks held: prune, then quantize, then heal.
  std::vector<MaskedWeight> masks;
  for (const auto& [name, weight] : prunable_weights(*model)) {
    Mask keep;
    for (const float w : weight.data()) keep.push_back(w != 0.0f ? 1 : 0);
    masks.push_back({name, weight, keep});
  }
  train(*qat, data, std::make_shared<GradualPruner>(masks));
  const quantization::QuantizedNetwork deployed = quantization::convert(*qat);
  for (std::size_t layer = 0; layer < masks.size(); ++layer) {
    const auto codes = quantization::layer_values(deployed.nodes()[layer])->weight;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (masks[layer].keep[i] != 0) continue;
      ASSERT_EQ(codes[i], 0) << layer << " " << i;
    }
  }

  const TemporaryFile file("compressed");
  const auto bytes_of = [&](const nn::Module& m) {
    train::SafeTensors content;
    for (const auto& [name, tensor] : m.state_dict()) {
      content.tensors.push_back(train::store(name, tensor));
    }
    return write_compressed(file.path(), content, Coding::kBitmap);
  };
  const std::int64_t dense_bytes = bytes_of(*dense), pruned_bytes = bytes_of(*model);
  const TemporaryFile plain("quantized");
  quantization::save_network(plain.path(), deployed);
  const std::int64_t int8_bytes =
      write_compressed(file.path(), train::read_safetensors(plain.path()), Coding::kBitmap);
  EXPECT_LT(3 * pruned_bytes, dense_bytes);
  EXPECT_LT(4 * int8_bytes, 3 * pruned_bytes);
}

// --- singular values ---

TEST(SingularValues, MakeTheMatrixAgain) {
  Rng rng(9);
  for (const Shape& shape : {Shape{5, 3}, Shape{3, 5}, Shape{1, 4}, Shape{40, 40}}) {
    const Tensor matrix = Tensor::randn(shape, rng);
    const Svd parts = svd(matrix);
    const std::int64_t rank = std::min(shape[0], shape[1]);
    ASSERT_EQ(static_cast<std::int64_t>(parts.s.size()), rank);
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      for (std::int64_t j = 0; j < shape[1]; ++j) {
        double sum = 0.0;
        for (std::int64_t r = 0; r < rank; ++r) {
          sum += static_cast<double>(parts.u.at({i, r}) * parts.s[static_cast<std::size_t>(r)] *
                                     parts.vt.at({r, j}));
        }
        ASSERT_NEAR(sum, matrix.at({i, j}), 1e-5);
      }
    }
  }
}

// Σ over k of a[i, k] · scale[k] · b[k, j], in double.
double product_at(const Tensor& a, const std::vector<float>& scale, const Tensor& b, std::int64_t i,
                  std::int64_t j) {
  double sum = 0.0;
  for (std::size_t k = 0; k < scale.size(); ++k) {
    const auto at = static_cast<std::int64_t>(k);
    sum += double{a.at({i, at})} * double{scale[k]} * double{b.at({at, j})};
  }
  return sum;
}

// The sums are in double, so that what is left is the rounding of u, s and vt to float.
TEST(SingularValues, AreExactToTheRoundingOfFloat) {
  Rng rng(10);
  for (const Shape& shape : {Shape{120, 70}, Shape{70, 120}, Shape{64, 64}}) {
    const std::int64_t rows = shape[0], columns = shape[1], rank = std::min(rows, columns);
    const Tensor matrix = Tensor::randn(shape, rng);
    const Svd parts = svd(matrix);
    double energy = 0.0, of_values = 0.0, worst = 0.0, slant = 0.0;
    for (const float value : matrix.data()) energy += double{value} * double{value};
    for (const float value : parts.s) of_values += double{value} * double{value};
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        const double again = product_at(parts.u, parts.s, parts.vt, i, j);
        worst = std::max(worst, std::abs(again - double{matrix.at({i, j})}));
      }
    }
    const std::vector<float> ones(static_cast<std::size_t>(rows), 1.0f);
    const Tensor ut = ops::transpose(parts.u, 0, 1);
    for (std::int64_t i = 0; i < rank; ++i) {
      for (std::int64_t j = 0; j < rank; ++j) {
        const double dot = product_at(ut, ones, parts.u, i, j);
        slant = std::max(slant, std::abs(dot - (i == j ? 1.0 : 0.0)));
      }
    }
    EXPECT_NEAR(of_values / energy, 1.0, 1e-7);
    EXPECT_LT(worst, 1e-7 * double{parts.s[0]});
    EXPECT_LT(slant, 2e-7);
    EXPECT_TRUE(std::is_sorted(parts.s.rbegin(), parts.s.rend()));
  }
}

TEST(SingularValues, OfLowRankEndInZeros) {
  Rng rng(11);
  const Tensor matrix =
      ops::matmul(Tensor::randn(Shape{50, 3}, rng), Tensor::randn(Shape{3, 40}, rng));
  const Svd parts = svd(matrix);
  EXPECT_GT(parts.s[2], 1.0f);
  EXPECT_LT(parts.s[3], 1e-5f);
}

TEST(SingularValues, RefuseWhatIsNoMatrix) {
  EXPECT_ERROR((void)svd(Tensor(Shape{3})), "[3]");
  EXPECT_ERROR((void)svd(Tensor(Shape{0, 3})), "[0, 3]");
  EXPECT_ERROR((void)svd(Tensor(Shape{1, 2}, {1.0f, std::nanf("")})), "value 1 is nan");
}

// --- bad input ---

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TEST(BadDistillation, ATemperatureThatFloat32CannotTellApartIsRefused) {
  const Tensor student(Shape{2, 3}, {1, 2, 3, 3, 1, 0});
  const Tensor teacher(Shape{2, 3}, {2, 2, 1, 0, 1, 4});
  const std::vector<std::int64_t> labels{0, 2};
  for (const float none : {1e-45f, 1e-38f, 0.009f, 101.0f, 1e6f, 1e20f, 3e38f, -1.0f, kNan, kInf}) {
    EXPECT_ERROR((void)distillation_loss(student, teacher, labels, {.temperature = none}),
                 concat("temperature must be from 0.01 to 100, got ", none));
  }
  // At both ends the loss is that of double, to three digits.
  const auto exact = [&](double temperature) {
    double sum = 0.0;
    for (std::int64_t n = 0; n < 2; ++n) {
      double of_p = 0.0;
      double of_q = 0.0;
      for (std::int64_t c = 0; c < 3; ++c) {
        of_p += std::exp(double{teacher.at({n, c})} / temperature);
        of_q += std::exp(double{student.at({n, c})} / temperature);
      }
      for (std::int64_t c = 0; c < 3; ++c) {
        const double p = double{teacher.at({n, c})} / temperature - std::log(of_p);
        const double q = double{student.at({n, c})} / temperature - std::log(of_q);
        sum += std::exp(p) * (p - q);
      }
    }
    return sum / 2.0 * temperature * temperature;
  };
  for (const float temperature : {0.01f, 1.0f, 100.0f}) {
    const Tensor loss =
        distillation_loss(student, teacher, labels, {.temperature = temperature, .soft = 1.0f});
    EXPECT_NEAR(loss.data()[0] / exact(double{temperature}), 1.0, 5e-3) << temperature;
  }
}

TEST(BadDistillation, LogitsThatAreNoneOrBlewUpAreNamed) {
  const Tensor zeros = Tensor::zeros({1, 2});
  const std::vector<std::int64_t> label{0};
  for (const float bad : {kNan, kInf, -kInf, 3e38f, -2e30f}) {
    const Tensor logits(Shape{1, 2}, {0.0f, bad});
    for (const float soft : {0.0f, 0.5f, 1.0f}) {
      EXPECT_ERROR((void)distillation_loss(logits, zeros, label, {.soft = soft}),
                   "student's logit 1 must be finite");
      EXPECT_ERROR((void)distillation_loss(zeros, logits, label, {.soft = soft}),
                   "teacher's logit 1 must be finite");
    }
  }
  const Tensor apart(Shape{1, 2}, {1e30f, -1e30f});
  const Tensor turned(Shape{1, 2}, {-1e30f, 1e30f});
  for (const float temperature : {0.01f, 4.0f, 100.0f}) {
    const Tensor loss = distillation_loss(apart, turned, label, {.temperature = temperature});
    EXPECT_TRUE(std::isfinite(loss.data()[0])) << temperature;
  }
}

TEST(BadSparse, ElementsLargerThanAnyNumberAreRefused) {
  const std::string four(1, '\x0f');
  const std::string none(1, '\0');
  for (const std::int64_t size : {std::int64_t{17}, std::int64_t{1} << 45, std::int64_t{1} << 61,
                                  std::int64_t{1} << 62, kHuge}) {
    EXPECT_ERROR((void)decode_bitmap(four, 4, size), concat(size));
    EXPECT_ERROR((void)decode_bitmap(none, 8, size), concat(size));
    EXPECT_ERROR((void)decode_bitmap("", 0, size), concat(size));
    EXPECT_ERROR((void)encode_bitmap("", size), concat(size));
  }
  EXPECT_EQ(decode_bitmap(none, 8, 16), std::string(128, '\0'));
  EXPECT_ERROR((void)decode_bitmap("", kHuge, 1), "0 bytes");
  EXPECT_ERROR((void)decode_bitmap("", kHuge, 16), "0 bytes");
}

TEST(BadSparse, PlacesThatDoNotAscendAreRefused) {
  const auto expand = [](std::uint8_t places) {
    (void)expand_n_m({{2, 4}, Shape{1, 4}, {5, 7}, {places}});
  };
  expand(0b1101);                           // 1 and 3
  EXPECT_ERROR(expand(0b0101), "place 1");  // 1 twice: the first value would be lost
  EXPECT_ERROR(expand(0b0111), "place 1");  // 3 and 1
  EXPECT_ERROR(expand(0b11101), "unused");  // bits behind the last place
  (void)expand_n_m({{2, 4}, Shape{1, 8}, {5, 7, 5, 7}, {0b1101'1101}});  // each group anew
}

TEST(BadSparse, AGroupThatIsNoneHasNoPlaces) {
  for (const int m : {std::numeric_limits<int>::max(), std::numeric_limits<int>::min(), 17, 0}) {
    EXPECT_ERROR((void)position_bits(m), concat(m));
  }
  EXPECT_EQ(position_bits(1), 0);
}

TEST(BadPruning, NoWeightsAreRefusedWhateverTheScope) {
  for (const Scope scope : {Scope::kPerLayer, Scope::kGlobal}) {
    EXPECT_ERROR((void)make_masks({}, 0.5, scope), "weights must not be empty");
    GradualPruner pruner(std::vector<nn::NamedTensor>{}, {.final = 0.5}, scope);
    EXPECT_ERROR(pruner.after_step(), "weights must not be empty");
  }
}

TEST(BadPruning, TheTensorWithTheNanIsNamed) {
  const std::vector<nn::NamedTensor> weights{{"0.weight", Tensor::ones({2})},
                                             {"3.weight", Tensor(Shape{2}, {1.0f, kNan})}};
  for (const Scope scope : {Scope::kPerLayer, Scope::kGlobal}) {
    EXPECT_ERROR((void)make_masks(weights, 0.5, scope),
                 "3.weight: value[1] must be finite, got nan");
  }
}

TEST(BadLowRank, SingularValuesThatAreNoneAndSizesTooLarge) {
  for (const std::vector<float>& none :
       {std::vector<float>{kNan, 1}, {1, kInf}, {-1, 5}, {1, 2}, {3e38f, -1}}) {
    EXPECT_ERROR((void)discarded_norm(none, 1), "singular value");
  }
  EXPECT_EQ(discarded_norm({}, 0), 0.0);
  EXPECT_ERROR((void)largest_saving_rank(kHuge, 1), "9223372036854775807 × 1");
  EXPECT_ERROR((void)largest_saving_rank(kHuge, kHuge), "64 bits");
  EXPECT_ERROR((void)largest_saving_rank(std::int64_t{1} << 32, std::int64_t{1} << 31), "64 bits");
  EXPECT_EQ(largest_saving_rank(1, std::int64_t{1} << 61), 0);
}

TEST(BadLowRank, ASingularValueBeyondFloatIsRefused) {
  EXPECT_ERROR((void)svd(Tensor::full({2, 2}, 3e38f)), "singular value 0");
  EXPECT_EQ(svd(Tensor::full({2, 2}, 1e38f)).s[0], 2e38f);
}

TEST(BadShrink, AModelThatCouldNotRunIsRefusedAndNotRepaired) {
  Rng rng(1);
  const auto linear = [&](std::int64_t in, std::int64_t out) {
    return std::make_shared<nn::Linear>(in, out, rng);
  };
  const auto conv = [&](std::int64_t in, std::int64_t out) {
    return std::make_shared<nn::Conv2d>(in, out, 3, nn::Conv2dOptions{}, rng);
  };
  const auto norm = [](std::int64_t channels) {
    return std::make_shared<nn::BatchNorm2d>(channels);
  };
  const std::vector<KeptChannels> plan{{0, {0, 2}}};
  const auto refuses = [&](const std::vector<std::shared_ptr<nn::Module>>& layers, int at = 1) {
    nn::Sequential model;
    for (const auto& layer : layers) model.append(layer);
    EXPECT_ERROR((void)shrink(model, plan), concat("layer ", at));
    EXPECT_ERROR((void)shrink(model, {}), concat("layer ", at));
  };
  refuses({linear(2, 3), linear(6, 1)});
  refuses({conv(1, 4), conv(8, 2)});
  refuses({conv(1, 4), conv(2, 2)});
  refuses({conv(1, 4), norm(8), conv(4, 2)});
  refuses({conv(1, 4), norm(2), conv(4, 2)});
  refuses({linear(2, 3), conv(3, 1)});
  refuses({linear(2, 3), norm(3), linear(3, 1)});
  refuses({linear(2, 3), std::make_shared<nn::Flatten>(), linear(6, 1)}, 2);
}

TEST(BadShrink, ARatioThatIsNoneIsRefusedWhereNothingIsPruned) {
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::Linear>(2, 3, rng));
  EXPECT_TRUE(plan_pruning(model, 0.5).empty());
  for (const double none : {-0.1, 1.0, 7.0, std::nan("")}) {
    EXPECT_ERROR((void)plan_pruning(model, none), "ratio");
  }
}

}  // namespace
}  // namespace tinytorch::compression
