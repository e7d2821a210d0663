// Learner tests of part 1: small weights become zeros.
#include "tinytorch/compression/magnitude.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/16_compression/support.h"

namespace tinytorch::compression {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Bytes ones_then_zeros(std::size_t ones, std::size_t zeros) {
  Bytes mask(ones, 1);
  mask.resize(ones + zeros, 0);
  return mask;
}

std::int64_t zeros_of(const Mask& mask) { return std::count(mask.begin(), mask.end(), 0); }

// n different weights.
Floats ladder(int n) {
  Floats x;
  for (int i = 1; i <= n; ++i) x.push_back(static_cast<float>(i));
  return x;
}

// --- 16.1 keep_largest ---

TEST(KeepLargest, ByHand) {
  expect_same<std::uint8_t>(
      "mask", keep_largest(Floats{0.5f, -0.1f, 0.3f, -0.9f}, 0.5), {1, 0, 0, 1},
      {{{0, 1, 1, 0}, "The largest went and the smallest stayed: 1 means that a weight stays."},
       {{1, 0, 1, 0}, "-0.9 counts as small: rank by magnitude, std::abs, not by value."},
       {{1, 1, 1, 1}, "Nothing was pruned."},
       {{1, 1, 0, 0}, "The last ones went, whatever their size: sort the places by magnitude."},
       {{0, 0, 0, 1}, "Three of four went; a ratio of 0.5 of four weights is two."}});
}

TEST(KeepLargest, PrunesExactlyThatManyOfEquals) {
  Bytes turned_round(3, 0);
  turned_round.resize(12, 1);
  expect_same<std::uint8_t>(
      "mask of 12 equal weights", keep_largest(Floats(12, 0.2f), 0.25), ones_then_zeros(9, 3),
      {{Bytes(12, 1),
        "A threshold found nothing smaller than the threshold itself: count the weights that go "
        "instead of comparing with a value."},
       {Bytes(12, 0), "A threshold took all equal weights with it: count the weights that go."},
       {turned_round, "Of equal magnitudes the earlier ones went; the later go first."}});
  const Mask signs = keep_largest(Floats{1, -1, 1, -1, 1, -1, 1, -1}, 0.5);
  expect_same<std::uint8_t>("mask of 1, -1, 1, -1 …", signs, ones_then_zeros(4, 4),
                            {{{1, 0, 1, 0, 1, 0, 1, 0},
                              "1 and -1 have the same magnitude; the negative ones went first."}});
}

TEST(KeepLargest, EqualsStayInOrderInLargeTensorsToo) {
  Floats weights(300);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % 3 == 0 ? 2.0f : 1.0f;
  Bytes expected(300, 0);
  for (std::size_t i = 0; i < 300; ++i) expected[i] = i % 3 == 0 || i < 150 ? 1 : 0;
  const Mask got = keep_largest(weights, 1.0 / 3.0);
  require(zeros_of(got) == 100, "100 of 300 weights go, got " + teach::show(zeros_of(got)));
  require(std::vector(got.begin(), got.end()) == expected || zeros_of(got) != 100,
          "the right number went, but not the later ones of equal magnitudes: std::sort may put "
          "equals in any order, std::stable_sort leaves them as they came.");
}

TEST(KeepLargest, RoundsTheNumberHalfToEven) {
  expect_value("pruned of 5 at 0.5", zeros_of(keep_largest(ladder(5), 0.5)), std::int64_t{2},
               {{3, "2.5 was rounded away from zero (std::round does that); rint(2.5) = 2."}});
  expect_value("pruned of 7 at 0.5", zeros_of(keep_largest(ladder(7), 0.5)), std::int64_t{4},
               {{3, "3.5 was cut off; rint(3.5) = 4."}});
  expect_value("pruned of 100 at 0.29", zeros_of(keep_largest(ladder(100), 0.29)), std::int64_t{29},
               {{28, "0.29 · 100 is 28.999999999999996 in double, and was cut off: round."},
                {30, "Rounded up; rint goes to the nearest."}});
  expect_value("pruned of 5 at 0.5000000001", zeros_of(keep_largest(ladder(5), 0.5000000001)),
               std::int64_t{3},
               {{2, "In float 0.5000000001 is 0.5 and the tie falls to 2: compute in double."}});
}

TEST(KeepLargest, RatioZeroKeepsAll) {
  expect_same<std::uint8_t>("mask", keep_largest(Floats{0.0f, 1.0f}, 0.0), {1, 1},
                            {{{0, 1}, "A ratio of 0 prunes nothing, not even a zero."}});
}

// --- 16.2 make_masks, apply_masks ---

std::vector<nn::NamedTensor> two_layers() {
  return {{"a", Tensor(Shape{2, 2}, {1, 2, 3, 4})}, {"b", Tensor(Shape{2, 2}, {5, 6, 7, 8})}};
}

void expect_masks(const std::vector<MaskedWeight>& masks, const std::vector<Bytes>& expected,
                  const std::vector<std::vector<std::pair<Bytes, std::string>>>& suspicions) {
  expect_value("number of masks", static_cast<std::int64_t>(masks.size()),
               static_cast<std::int64_t>(expected.size()));
  if (masks.size() != expected.size()) return;
  for (std::size_t i = 0; i < masks.size(); ++i) {
    std::vector<teach::Suspicion<std::uint8_t>> known;
    for (const auto& [values, says] : suspicions[i]) known.push_back({values, says});
    expect_same<std::uint8_t>("mask of " + masks[i].name, masks[i].keep, expected[i], known);
  }
}

TEST(Masks, PerLayerEachLosesItsShare) {
  expect_masks(make_masks(two_layers(), 0.25, Scope::kPerLayer), {{0, 1, 1, 1}, {0, 1, 1, 1}},
               {{{{0, 0, 1, 1}, "This is the global ranking: `scope` was not asked."}},
                {{{1, 1, 1, 1}, "This is the global ranking: `scope` was not asked."}}});
}

TEST(Masks, GlobalRanksAllTogether) {
  expect_masks(make_masks(two_layers(), 0.25, Scope::kGlobal), {{0, 0, 1, 1}, {1, 1, 1, 1}},
               {{{{0, 1, 1, 1}, "Each layer was ranked by itself: `scope` was not asked."}},
                {{{0, 1, 1, 1}, "Each layer was ranked by itself: `scope` was not asked."},
                 {{0, 0, 1, 1}, "b was given the mask of a: the offset must grow."}}});
}

TEST(Masks, GlobalCutsUpBySize) {
  const std::vector<nn::NamedTensor> weights{{"a", row({1, 5})}, {"b", row({2, 9, 3})}};
  expect_masks(make_masks(weights, 0.4, Scope::kGlobal), {{0, 1}, {0, 1, 1}},
               {{{{0, 0}, "The masks are out of step with the tensors."}},
                {{{0, 1, 0}, "b's mask begins at the first value of a: move on by weight.numel()."},
                 {{1, 0, 1}, "b's mask begins one value too early."}}});
}

TEST(Masks, CarryNamesAndHandles) {
  const auto weights = two_layers();
  for (const Scope scope : {Scope::kPerLayer, Scope::kGlobal}) {
    const auto masks = make_masks(weights, 0.25, scope);
    require(masks.size() == 2 && masks[0].name == "a" && masks[1].name == "b",
            "masks come in the order of the weights and under their names");
    for (std::size_t i = 0; i < std::min(masks.size(), weights.size()); ++i) {
      require(masks[i].weight.defined() && masks[i].weight.shares_storage_with(weights[i].second),
              "the mask of " + weights[i].first +
                  " holds a copy of the weight: pruning it would leave the layer as it was. Hand "
                  "on the handle, not a clone().");
    }
  }
}

TEST(Masks, RefuseToEmptyALayer) {
  const std::vector<nn::NamedTensor> weights{{"big", row({7, 8})}, {"small", row({1, 2})}};
  expect_error([&] { (void)make_masks(weights, 0.5, Scope::kGlobal); }, "small",
               "All of `small` is below all of `big`. A layer without weights says the same to "
               "every input, so it is an Error, and it names the layer.");
}

TEST(Masks, ApplyWritesZeros) {
  const Tensor weight = row({-0.3f, 0.5f, kNan, -2.0f});
  apply_masks(std::vector<MaskedWeight>{{"a", weight, {0, 1, 0, 1}}});
  expect_same<float>(
      "weights", weight.data(), {0.0f, 0.5f, 0.0f, -2.0f},
      {{{-0.3f, 0.5f, kNan, -2.0f},
        "Nothing changed: write through a copy of the handle, not into a clone()."},
       {{-0.0f, 0.5f, kNan, -2.0f},
        "Multiplied with the mask: -0.3 · 0 is -0, whose bytes are not all zero, and NaN · 0 is "
        "NaN. Write 0.0f instead."},
       {{-0.3f, 0.0f, kNan, 0.0f}, "Turned round: 1 means that a weight stays."}});
}

TEST(Masks, ApplyReachesEveryLayer) {
  const auto weights = two_layers();
  apply_masks(make_masks(weights, 0.25, Scope::kPerLayer));
  expect_same<float>("weights of a", weights[0].second.data(), {0, 2, 3, 4});
  expect_same<float>("weights of b", weights[1].second.data(), {0, 6, 7, 8},
                     {{{5, 6, 7, 8}, "Only the first layer was pruned."}});
}

}  // namespace
}  // namespace tinytorch::compression
