#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"
#include "tinytorch/transformer/attention.h"
#include "tinytorch/transformer/block.h"
#include "tinytorch/transformer/embedding.h"
#include "tinytorch/transformer/positional.h"

namespace tinytorch::nn {
namespace {

using testing_support::expect_gradients;
using Inputs = const std::vector<Tensor>&;

Tensor random(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), -1.0f, 1.0f, rng);
}

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

// --- embeddings ---

TEST(Embedding, LooksRowsUp) {
  Rng rng(1);
  Embedding table(3, 1, rng);
  Tensor weight = table.weight();
  std::copy_n(std::vector<float>{10, 20, 30}.begin(), 3, weight.data().begin());
  const Tensor out = table(Tensor(Shape{1, 3}, {2, 0, 2}));
  EXPECT_EQ(out.shape(), (Shape{1, 3, 1}));
  EXPECT_EQ(values(out), (std::vector<float>{30, 10, 30}));
}

TEST(Embedding, GradientsOfARowAddUp) {
  Rng rng(1);
  Embedding table(3, 1, rng);
  ops::sum(table(Tensor(Shape{3}, {2, 0, 2}))).backward();
  EXPECT_EQ(values(table.weight().grad()), (std::vector<float>{1, 0, 2}));
}

TEST(Embedding, GradientMatchesFiniteDifferences) {
  const std::vector<std::int64_t> ids{2, 0, 2, 1};
  expect_gradients([&](Inputs in) { return ops::index_select(in[0], ids); }, {random({4, 3}, 3)});
}

TEST(Embedding, RefusesWhatIsNoRow) {
  Rng rng(1);
  Embedding table(3, 2, rng);
  EXPECT_ERROR(table(Tensor(Shape{2}, {0, 3})), "embedding: id 3 at place 1; rows are 0 to 2");
  EXPECT_ERROR(table(Tensor(Shape{1}, {1.5f})), "id 1.5 at place 0 is not a whole number");
  EXPECT_ERROR(table(Tensor(Shape{1}, {-1.0f})), "id -1 at place 0");
  EXPECT_ERROR(table(Tensor(Shape{1}, {std::numeric_limits<float>::infinity()})), "id inf");
  EXPECT_ERROR(Embedding(0, 2, rng), "0 rows of 2 values");
}

TEST(Embedding, StartsWithTheSpreadItIsGiven) {
  Rng rng(1);
  const Embedding table(200, 50, rng, 0.02f);
  double squares = 0.0;
  for (const float w : table.weight().data()) squares += static_cast<double>(w * w);
  EXPECT_NEAR(std::sqrt(squares / 10000.0), 0.02, 0.001);
}

TEST(Positions, SineWaves) {
  const Tensor rows = sinusoidal_encoding(1, 1, 4);
  const std::vector<float> expected{std::sin(1.0f), std::cos(1.0f), std::sin(0.01f),
                                    std::cos(0.01f)};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(rows.data()[i], expected[i], 1e-7f);
}

TEST(Positions, SineWavesDoNotDependOnWhereOneStarts) {
  const Tensor all = sinusoidal_encoding(0, 10, 6);
  EXPECT_EQ(values(all.rows(4, 10)), values(sinusoidal_encoding(4, 6, 6)));
  EXPECT_ERROR(sinusoidal_encoding(0, 2, 3), "in 3 dimensions");
}

TEST(Positions, LearnedRowsAreAddedToEveryExample) {
  Rng rng(1);
  LearnedPositions positions(5, 2, rng);
  const Tensor out = positions(Tensor::zeros(Shape{2, 3, 2}));
  const std::vector<float> rows = values(positions.rows(0, 3));
  EXPECT_EQ(values(out.rows(0, 1)), rows);
  EXPECT_EQ(values(out.rows(1, 2)), rows);
}

TEST(Positions, LearnedRowsEnd) {
  Rng rng(1);
  const LearnedPositions positions(64, 2, rng);
  EXPECT_ERROR(positions.rows(60, 10), "positions: [60, 70) of a table of 64");
}

// --- attention ---

TEST(Attention, CausalMaskAlignsTheLastQueryWithTheLastKey) {
  const float no = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(values(ops::causal_mask(2, 3)), (std::vector<float>{0, 0, no, 0, 0, 0}));
  EXPECT_EQ(values(ops::causal_mask(1, 3)), (std::vector<float>{0, 0, 0}));
  EXPECT_ERROR(ops::causal_mask(5, 3), "5 queries for 3 keys");
}

TEST(Attention, MixesValuesByHand) {
  const Tensor out = ops::scaled_dot_product_attention(Tensor(Shape{1, 2}, {1, 0}),
                                                       Tensor(Shape{2, 2}, {1, 0, 0, 1}),
                                                       Tensor(Shape{2, 1}, {10, 20}));
  EXPECT_NEAR(out.item(), 13.302f, 1e-3f);
}

TEST(Attention, GradientMatchesFiniteDifferences) {
  for (const bool causal : {false, true}) {
    expect_gradients(
        [&](Inputs in) {
          return ops::scaled_dot_product_attention(in[0], in[1], in[2], {.is_causal = causal});
        },
        {random({2, 3, 4}, 1), random({2, 5, 4}, 2), random({2, 5, 2}, 3)});
  }
}

TEST(Attention, RefusesShapesThatDoNotFit) {
  EXPECT_ERROR(
      ops::scaled_dot_product_attention(random({3, 4}, 1), random({5, 3}, 2), random({5, 2}, 3)),
      "query [3, 4], key [5, 3], value [5, 2]");
}

TEST(MultiheadAttention, HeadsAreRunsOfFeatures) {
  const Tensor x(Shape{1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor heads = split_heads(x, 2);
  EXPECT_EQ(heads.shape(), (Shape{1, 2, 2, 2}));
  EXPECT_EQ(values(heads), (std::vector<float>{1, 2, 5, 6, 3, 4, 7, 8}));
  EXPECT_EQ(values(merge_heads(heads)), values(x));
  EXPECT_ERROR(split_heads(x, 3), "4 features for 3 heads");
}

TEST(MultiheadAttention, EqualsItsHeadsOneByOne) {
  Rng rng(5);
  MultiheadAttention layer(6, 2, {.is_causal = true}, rng);
  const Tensor x = random({1, 4, 6}, 6);
  const Tensor projected = layer.in_proj().forward(x);
  std::vector<Tensor> heads;
  for (std::int64_t h = 0; h < 2; ++h) {
    const auto part = [&](std::int64_t third) {
      return ops::narrow(projected, 2, third * 6 + h * 3, 3);
    };
    heads.push_back(
        ops::scaled_dot_product_attention(part(0), part(1), part(2), {.is_causal = true}));
  }
  const std::vector<float> expected = values(layer.out_proj().forward(ops::cat(heads, 2)));
  const Tensor got = layer(x);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(got.data()[i], expected[i], 1e-6f);
}

TEST(MultiheadAttention, GradientMatchesFiniteDifferences) {
  Rng rng(7);
  MultiheadAttention layer(4, 2, {.is_causal = true}, rng);
  expect_gradients([&](Inputs in) { return layer.forward(in[0]); }, {random({2, 3, 4}, 8)});
}

TEST(MultiheadAttention, NamesAndSizes) {
  Rng rng(1);
  const MultiheadAttention layer(8, 2, {.is_causal = true}, rng);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : layer.named_parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"in_proj.weight", "in_proj.bias", "out_proj.weight",
                                             "out_proj.bias"}));
  EXPECT_EQ(layer.named_parameters()[0].second.shape(), (Shape{24, 8}));
  EXPECT_EQ(layer.head_dim(), 4);
  EXPECT_ERROR(MultiheadAttention(10, 4, {.is_causal = true}, rng), "10 features for 4 heads");
}

TEST(TransformerBlock, IsTheSumOfItsBranches) {
  Rng rng(9);
  TransformerBlock block(4, 2, 8, {.is_causal = true}, rng);
  const Tensor x = random({1, 3, 4}, 10);
  const Tensor told = x + block.self_attn().forward(block.norm1().forward(x));
  const std::vector<float> expected =
      values(told + block.feed_forward(block.norm2().forward(told)));
  EXPECT_EQ(values(block(x)), expected);
  EXPECT_EQ(block.describe(), "TransformerBlock(4, num_heads=2, hidden=8)");
}

TEST(TransformerBlock, GradientMatchesFiniteDifferences) {
  Rng rng(11);
  TransformerBlock block(4, 2, 8, {.is_causal = true}, rng);
  expect_gradients([&](Inputs in) { return block.forward(in[0]); }, {random({1, 3, 4}, 12)}, 5e-3);
}

}  // namespace
}  // namespace tinytorch::nn
