// Learner tests of part 5: two narrow layers for a wide one.
#include "tinytorch/compression/low_rank.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/16_compression/support.h"
#include "tinytorch/autograd/node.h"

namespace tinytorch::compression {
namespace {

using teach::expect_near;
using teach::expect_value;

const Floats kByHand{4, 2, 1, 0};

nn::Linear random_layer(std::int64_t in, std::int64_t out, std::uint64_t seed, bool bias = true) {
  Rng rng(seed);
  return {in, out, nn::LinearOptions{.bias = bias}, rng};
}

// The matrix that two layers stand for: second · first.
Floats product(const nn::Sequential& pair) {
  const Tensor first = pair.layers()[0]->parameters()[0];
  const Tensor second = pair.layers()[1]->parameters()[0];
  Floats out;
  for (std::int64_t o = 0; o < second.size(0); ++o) {
    for (std::int64_t k = 0; k < first.size(1); ++k) {
      double total = 0.0;
      for (std::int64_t i = 0; i < first.size(0); ++i) {
        total += static_cast<double>(second.at({o, i})) * static_cast<double>(first.at({i, k}));
      }
      out.push_back(static_cast<float>(total));
    }
  }
  return out;
}

bool well_formed(const nn::Sequential& pair, std::int64_t in, std::int64_t rank, std::int64_t out) {
  const auto layers = pair.layers();
  const bool two =
      layers.size() == 2 && !layers[0]->parameters().empty() && !layers[1]->parameters().empty();
  require(two, "two Linear layers, one after the other");
  if (!two) return false;
  const Shape first = layers[0]->parameters()[0].shape();
  const Shape second = layers[1]->parameters()[0].shape();
  const bool fits = first == Shape({rank, in}) && second == Shape({out, rank});
  require(fits, "weights " + to_string(first) + " and " + to_string(second) + ", expected " +
                    to_string(Shape({rank, in})) + " and " + to_string(Shape({out, rank})));
  return fits;
}

double distance(const Floats& a, const Tensor& b) {
  double squares = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b.data()[i]);
    squares += difference * difference;
  }
  return std::sqrt(squares);
}

// --- 16.8 rank_for_energy, discarded_norm, largest_saving_rank, factorize ---

TEST(LowRank, RankForEnergyByHand) {
  expect_value("rank for 95 %", rank_for_energy(kByHand, 0.95), std::int64_t{2},
               {{3, "The singular values were added up; energy is the sum of their squares."},
                {1,
                 "One square is 16 of 21, 76 %, which is not enough; or is this the index of the "
                 "last one instead of how many there are?"}});
  expect_value("rank for 75 %", rank_for_energy(kByHand, 0.75), std::int64_t{1},
               {{2, "16 of 21 is 76 %, which is enough for 75 %."},
                {0, "The number of values kept, not the index of the last one."}});
  expect_value(
      "rank for all", rank_for_energy(kByHand, 1.0), std::int64_t{3},
      {{4, "The last value is 0 and adds nothing; the smallest rank is asked for: >=, not >."}});
  expect_value("rank for exactly what one value holds", rank_for_energy(Floats{1, 1, 1, 1}, 0.25),
               std::int64_t{1}, {{2, "A quarter is enough for a quarter: >=, not >."}});
  expect_value("rank of a matrix of zeros", rank_for_energy(Floats{0, 0}, 0.9), std::int64_t{1},
               {{0, "A layer has a rank of at least 1."}, {2, "One is enough for nothing."}});
}

TEST(LowRank, RankForEnergySumsInDouble) {
  Floats s(5000, 0.01f);
  s[0] = 100.0f;
  expect_value("rank for 1 - 1e-6", rank_for_energy(s, 1.0 - 1e-6), std::int64_t{4900},
               {{1, "In float 10000 + 0.0001 is 10000: the small ones got lost. Sum in double."}});
}

TEST(LowRank, DiscardedNormByHand) {
  const auto near = [](std::int64_t rank, float expected, float kept, float squares) {
    expect_near("discarded_norm at rank " + teach::show(rank),
                Floats{static_cast<float>(discarded_norm(kByHand, rank))}, {expected}, 1e-6f,
                {{{kept}, "This is what is kept: the first `rank` values stay."},
                 {{squares}, "These are the squares: take the root."}});
  };
  near(1, std::sqrt(5.0f), 4.0f, 5.0f);
  near(2, 1.0f, std::sqrt(20.0f), 99.0f);
  near(4, 0.0f, std::sqrt(21.0f), 99.0f);
  near(0, std::sqrt(21.0f), 0.0f, 21.0f);
}

TEST(LowRank, LargestSavingRank) {
  expect_value("64 and 32", largest_saving_rank(64, 32), std::int64_t{21},
               {{22, "22 · 96 = 2112 is more than 2048."}});
  expect_value("12 and 4", largest_saving_rank(12, 4), std::int64_t{2},
               {{3, "3 · 16 = 48 = 12 · 4: nothing is saved. Less, not less or equal."}});
  expect_value("1 and 1", largest_saving_rank(1, 1), std::int64_t{0});
  expect_value("200,000 and 100,000", largest_saving_rank(200'000, 100'000), std::int64_t{66'666},
               {{-4'916, "The product wrapped around in 32 bits."}});
}

TEST(LowRank, FullRankIsTheSameLayer) {
  for (const auto& [in, out] : {std::pair{6, 4}, std::pair{4, 6}}) {
    const nn::Linear layer = random_layer(in, out, 1);
    const auto pair = factorize(layer, 4);
    if (!well_formed(*pair, in, 4, out)) return;
    const Floats weight = values(layer.weight());
    expect_near("second · first", product(*pair), weight, 1e-5f);
  }
}

TEST(LowRank, TheErrorIsWhatTheSingularValuesSay) {
  const nn::Linear layer = random_layer(12, 9, 2);
  const Svd parts = svd(layer.weight());
  for (const std::int64_t rank : {1, 4, 8}) {
    const auto pair = factorize(layer, rank);
    if (!well_formed(*pair, 12, rank, 9)) return;
    const auto expected = static_cast<float>(discarded_norm(parts.s, rank));
    expect_near("‖W - W_r‖ at rank " + teach::show(rank),
                Floats{static_cast<float>(distance(product(*pair), layer.weight()))}, {expected},
                2e-5f);
  }
}

TEST(LowRank, ScaleIsSharedOut) {
  const nn::Linear layer = random_layer(7, 5, 3);
  const Svd parts = svd(layer.weight());
  const auto pair = factorize(layer, 3);
  if (!well_formed(*pair, 7, 3, 5)) return;
  const Tensor first = pair->layers()[0]->parameters()[0];
  Floats norms, expected, all, none;
  for (std::int64_t i = 0; i < 3; ++i) {
    double total = 0.0;
    for (std::int64_t k = 0; k < 7; ++k) {
      total += static_cast<double>(first.at({i, k})) * static_cast<double>(first.at({i, k}));
    }
    norms.push_back(static_cast<float>(std::sqrt(total)));
    all.push_back(parts.s[static_cast<std::size_t>(i)]);
    none.push_back(1.0f);
    expected.push_back(std::sqrt(all.back()));
  }
  expect_near("norms of the first layer's rows", norms, expected, 1e-5f,
              {{all, "All of s went into the first layer: a root to each."},
               {none, "All of s went into the second layer (or into none): a root to each."}});
}

TEST(LowRank, TheBiasComesOnceAtTheEnd) {
  nn::Linear layer = random_layer(3, 3, 4);
  const auto pair = factorize(layer, 3);
  if (!well_formed(*pair, 3, 3, 3)) return;
  require(pair->layers()[0]->parameters().size() == 1,
          "the first layer has a bias; the second adds the layer's own, and that is all there is");
  require(pair->layers()[1]->parameters().size() == 2, "the layer's bias was lost");
  const autograd::NoGradGuard no_grad;
  const Tensor x = row({0.5f, -1.0f, 2.0f});
  expect_near("output", pair->forward(x).data(), values(layer.forward(x)), 1e-5f);
  const auto without = factorize(random_layer(3, 3, 5, false), 2);
  require(without->layers().size() == 2 && without->layers()[1]->parameters().size() == 1,
          "a layer without a bias gives two without a bias");
}

}  // namespace
}  // namespace tinytorch::compression
