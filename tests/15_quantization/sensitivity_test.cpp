// Learner tests of part 14: where quantization hurts. Small enough to check by hand.
#include "tinytorch/quantization/study/sensitivity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_no_error;
using teach::expect_same;
using teach::expect_value;
using Floats = std::vector<float>;
using Widths = std::vector<int>;
using Costs = std::vector<std::vector<double>>;

constexpr float kBeyond = std::numeric_limits<float>::infinity();

// A figure in double that may be summed in any order.
void expect_figure(const std::string& what, double got, double expected,
                   const std::vector<std::pair<double, std::string>>& suspicions = {},
                   const teach::Location& where = teach::Location::current()) {
  const auto close = [](double a, double b) {
    return a == b || std::abs(a - b) <= 1e-6 * std::max(1.0, std::abs(b));
  };
  if (close(got, expected)) return;
  std::string message = what + " is " + teach::show(got) + ", expected " + teach::show(expected);
  for (const auto& [value, says] : suspicions) {
    if (close(got, value)) message += "\n" + says;
  }
  teach::report(where, message);
}

// --- 15.46 diagnose ---

TEST(Diagnose, TheExampleOfTheHeader) {
  const Diagnosis d = diagnose(Floats{1.0f, -1.0f, 3.4f}, {1.0f, 0}, {-2, 2});
  expect_figure(
      "sqnr_db", d.sqnr_db, 10.0 * std::log10(13.56 / 1.96),
      {{20.0 * std::log10(13.56 / 1.96),
        "20 · log10 is for a ratio of amplitudes; sums of squares are powers: 10 · log10."},
       {-10.0 * std::log10(13.56 / 1.96), "Noise over signal: turn the ratio around."},
       {10.0 * std::log(13.56 / 1.96), "std::log is the natural logarithm; decibels use log10."},
       {10.0 * std::log10(6.0 / 1.96), "The signal is x, not what quantizing left of it."},
       {10.0 * std::log10(5.4 / 1.4), "Sum the squares, not the magnitudes."}});
  expect_figure("clipped", d.clipped, 1.0 / 3.0,
                {{1.0, "clipped is a share from 0 to 1, not a number of values."},
                 {2.0 / 3.0, "That is the share that was kept: ste_mask is 1 where it passes."}});
  expect_value(
      "dead_levels", d.dead_levels, 2,
      {{3, "That is the number of codes in use; the dead ones are the rest."},
       {1, "The range has qmax - qmin + 1 levels, both ends included: -2, -1, 0, 1 and 2."}});
}

TEST(Diagnose, ReachingTheEndIsNotClipping) {
  const Diagnosis d = diagnose(Floats{2.0f, 2.4f, 2.6f, -2.0f}, {1.0f, 0}, {-2, 2});
  expect_figure("clipped", d.clipped, 0.25,
                {{1.0,
                  "Every value has a code at an end of the range, but only 2.6 was moved by "
                  "saturation: 2 and -2 have those codes by right, 2.4 rounds to 2."},
                 {0.5,
                  "2.4 lies outside the last code but rounds to it, which is not clipping. Ask "
                  "ste_mask."}});
}

TEST(Diagnose, ExactValuesHaveNoNoise) {
  const Diagnosis d = diagnose(Floats{0.5f, -1.0f}, {0.5f, 3}, {-8, 7});
  expect_value("sqnr_db", d.sqnr_db, std::numeric_limits<double>::infinity());
  expect_value("dead_levels", d.dead_levels, 14,
               {{13, "The range has 16 levels, -8 to 7, and two are in use."}});
}

TEST(Diagnose, FindsAWastedRange) {
  // Values up to 0.1 on a grid that reaches 127: one outlier in calibration does this.
  const Diagnosis d = diagnose(Floats{0.1f, -0.05f, 0.08f}, {1.0f, 0}, {-127, 127});
  expect_value("dead_levels", d.dead_levels, 254);
  expect_figure("sqnr_db", d.sqnr_db, 0.0);
}

TEST(Diagnose, RefusesInfinity) {
  (void)diagnose(Floats{1.0f, 2.0f}, {1.0f, 0}, {-2, 2});  // finite values are welcome
  expect_error(
      [] {
        (void)diagnose(Floats{1.0f, kBeyond}, {1.0f, 0}, {-2, 2});
      },
      "x[1] must be finite", "Given: infinity has no error to square.");
}

// --- 15.47 leave_one_out ---

TEST(LeaveOneOut, NarrowsOneLayerAtATime) {
  // The loss says which layers are narrow: layer 0 costs 1 a missing bit, layer 1 10.
  const LossAt loss = [](std::span<const int> bits) {
    return 5.0 + (8 - bits[0]) * 1.0 + (8 - bits[1]) * 10.0;
  };
  const Costs cost = leave_one_out(2, Widths{8, 4, 2}, loss);
  ASSERT_EQ(cost.size(), 2U);
  expect_same<double>(
      "cost[0]", cost[0], {0.0, 4.0, 6.0},
      {{{5.0, 9.0, 11.0},
        "That is the loss; the cost is its difference to the "
        "loss with every layer at widths[0]."},
       {{0.0, 4.0, 2.0}, "The last difference is to the width before; take it to widths[0]."},
       {{0.0, -4.0, -6.0}, "The cost is the narrow loss less the wide one."}});
  expect_same<double>(
      "cost[1]", cost[1], {0.0, 40.0, 60.0},
      {{{6.0, 46.0, 66.0}, "Layer 0 stayed narrow while layer 1 was measured: put it back."},
       {{0.0, 46.0, 66.0}, "Layer 0 stayed narrow while layer 1 was measured: put it back."}});
}

TEST(LeaveOneOut, AsksForNoRunTwice) {
  std::vector<Widths> asked;
  const LossAt loss = [&](std::span<const int> bits) {
    asked.emplace_back(bits.begin(), bits.end());
    return 1.0;
  };
  (void)leave_one_out(3, Widths{8, 6, 4}, loss);
  expect_value<std::int64_t>(
      "calls of loss", static_cast<std::int64_t>(asked.size()), 7,
      {{9,
        "The network with everything at widths[0] was run once for each layer; once is enough, "
        "and a run can take minutes."},
       {10, "cost[l][0] is 0 without a run."},
       {13, "The widest network was run again for every difference; keep its loss."}});
  for (const Widths& bits : asked) {
    EXPECT_EQ(bits.size(), 3U) << "loss takes the widths of all layers";
    EXPECT_GE(std::count(bits.begin(), bits.end(), 8), 2) << "only one layer at a time is narrow";
  }
}

TEST(LeaveOneOut, RefusesWhatCannotBeCompared) {
  const LossAt one = [](std::span<const int>) { return 1.0; };
  expect_error(
      [&] {
        (void)leave_one_out(2, Widths{8, 8}, one);
      },
      "descend", "Given: a width given twice would be measured against itself.");
  const LossAt breaks = [](std::span<const int> bits) {
    return bits[1] == 4 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
  };
  expect_error(
      [&] {
        (void)leave_one_out(2, Widths{8, 4}, breaks);
      },
      "layer 1", "A loss of NaN compares with nothing. Name the layer that caused it.");
}

// --- 15.48 allocate_bits ---

const std::vector<std::int64_t> kTwoSizes{100, 10};

TEST(AllocateBits, TheExampleOfTheHeader) {
  expect_same<int>(
      "bits", allocate_bits({{0.0, 1.0}, {0.0, 0.2}}, kTwoSizes, Widths{8, 4}, 850), {8, 4},
      {{{4, 8},
        "A saved bit is cheapest in layer 0 (1 / 400 against 0.2 / 40), so a greedy rule starts "
        "there. It saves 400 bits where 30 were asked for, and costs 1 instead of 0.2: compare "
        "whole assignments, not single steps."},
       {{4, 4}, "The total is 1.2; narrowing layer 1 alone needs 840 bits and costs 0.2."},
       {{8, 8}, "The cheapest of all, and 880 bits: above the budget of 850."}});
}

TEST(AllocateBits, ALargeLayerMayBeTheCheaperWay) {
  expect_same<int>("bits", allocate_bits({{0.0, 0.2}, {0.0, 0.1}}, kTwoSizes, Widths{8, 4}, 500),
                   {4, 8},
                   {{{4, 4},
                     "Layer 1 went first because it costs less, and was not enough. Layer 0 alone "
                     "needs 480 bits and costs 0.2, both 0.3: compare totals."}});
}

TEST(AllocateBits, ABudgetMetExactlyIsMet) {
  const Costs costs{{0.0, 1.0}, {0.0, 0.05}};
  expect_same<int>("bits", allocate_bits(costs, kTwoSizes, Widths{8, 4}, 840), {8, 4},
                   {{{4, 8}, "8 and 4 bits are 840: within a budget of 840. Compare with <=."},
                    {{4, 4}, "8 and 4 bits are 840: within a budget of 840. Compare with <=."}});
  expect_same<int>("bits", allocate_bits(costs, kTwoSizes, Widths{8, 4}, 880), {8, 8},
                   {{{8, 4}, "880 bits are within a budget of 880."},
                    {{4, 4}, "880 bits are within a budget of 880."}});
  expect_same<int>("bits", allocate_bits(costs, kTwoSizes, Widths{8, 4}, 440), {4, 4});
}

TEST(AllocateBits, NoLayerHasAShareOfItsOwn) {
  // 160 bits for 30 weights: 8 bits for layer 0 are paid for by the two layers after it.
  const std::vector<std::int64_t> sizes{10, 10, 10};
  expect_same<int>("bits",
                   allocate_bits({{0.0, 9.0}, {0.0, 0.1}, {0.0, 0.1}}, sizes, Widths{8, 4}, 160),
                   {8, 4, 4},
                   {{{4, 4, 8},
                     "Layer 0 was held to a third of the budget. Only what the layers to come need "
                     "at the very least, 40 bits each, is out of its reach."}});
}

TEST(AllocateBits, RemembersWhoseWidthsTheyWere) {
  // Every layer ends at another width, so that each step back must find the right entry.
  const std::vector<std::int64_t> sizes{10, 20, 30, 40};
  const Costs costs{
      {0.0, 0.1, 3.0, 9.0}, {0.0, 5.0, 6.0, 9.0}, {0.0, 0.2, 0.3, 9.0}, {0.0, 0.1, 0.2, 0.3}};
  expect_same<int>("bits", allocate_bits(costs, sizes, Widths{8, 6, 4, 2}, 420), {6, 8, 4, 2},
                   {{{2, 2, 2, 2},
                     "Every layer got the width of the last one: walk back entry by "
                     "entry, from list to list."}});
}

TEST(AllocateBits, OfEqualTotalsTheFewestBits) {
  const std::vector<std::int64_t> one{10};
  expect_same<int>("bits", allocate_bits({{0.0, 1.0, 1.0}}, one, Widths{8, 4, 2}, 60), {2},
                   {{{4}, "4 and 2 bits cost the same; the header takes the fewest bits."}});
  const std::vector<std::int64_t> equal{10, 10, 10};
  expect_same<int>(
      "bits", allocate_bits({{0.0, 1.0}, {0.0, 1.0}, {0.0, 1.0}}, equal, Widths{8, 4}, 210),
      {4, 8, 8},
      {{{8, 8, 4},
        "All three cost the same and need the same bits: the last layer stays the widest."},
       {{8, 4, 8},
        "All three cost the same and need the same bits: the last layers stay the widest."}});
}

TEST(AllocateBits, AddsFromTheFirstLayerOn) {
  // 1 + 1e-16 is 1 in double, and so is that + 1e-16: narrowing layers 1 and 2 is free. Their own
  // sum, 2e-16, is not: 1 + 2e-16 is the double after 1.
  const std::vector<std::int64_t> sizes{10, 10, 10};
  expect_same<int>(
      "bits", allocate_bits({{3.0, 1.0}, {0.0, 1e-16}, {0.0, 1e-16}}, sizes, Widths{8, 4}, 230),
      {4, 4, 4},
      {{{4, 8, 4}, "The total was added up from the last layer; the header begins at layer 0."},
       {{4, 4, 8}, "The total was added up from the last layer; the header begins at layer 0."},
       {{4, 8, 8},
        "All totals with layer 0 at 4 bits are 1 in double, added from layer 0 on: of "
        "equal ones the fewest bits."}});
}

TEST(AllocateBits, BelievesWhatWasMeasured) {
  // Narrowing may help by accident, and a width may cost more than one below it.
  const std::vector<std::int64_t> one{10};
  expect_same<int>("bits", allocate_bits({{0.0, -0.1, 0.2}}, one, Widths{8, 4, 2}, 80), {4},
                   {{{8}, "The budget asks for nothing, but -0.1 is the least total there is."}});
  expect_same<int>("bits", allocate_bits({{0.0, -0.1, -0.05}}, one, Widths{8, 4, 2}, 80), {4},
                   {{{2}, "-0.1 is the least total: a negative cost is a gain, and counts."},
                    {{8}, "The budget asks for nothing, but -0.1 is the least total there is."}});
  const std::vector<std::int64_t> two{10, 10};
  expect_same<int>(
      "bits", allocate_bits({{0.0, 0.3, 0.1}, {0.0, 0.2, 0.9}}, two, Widths{8, 4, 2}, 120), {2, 8},
      {{{4, 8}, "2 bits were measured to cost less than 4: 0.1 beats 0.3."},
       {{8, 4}, "Layer 0 at 2 bits costs 0.1, layer 1 at 4 bits 0.2."}});
}

// The widths as indices, every one of them tried. Smaller is better, figure by figure: the total,
// the bits, the last layer's index, the total of the layers before it, the index there, …
Widths by_trying_all(const Costs& cost, const std::vector<std::int64_t>& sizes,
                     const Widths& widths, std::int64_t budget) {
  std::vector<double> best;
  Widths chosen;
  std::vector<std::size_t> index(sizes.size(), 0);
  for (std::size_t moved = 0; moved < index.size();) {
    std::int64_t need = 0;
    std::vector<double> totals{0.0};
    for (std::size_t l = 0; l < index.size(); ++l) {
      need += sizes[l] * widths[index[l]];
      totals.push_back(totals.back() + cost[l][index[l]]);
    }
    std::vector<double> figures{totals.back(), static_cast<double>(need)};
    for (std::size_t l = index.size(); l-- > 0;) {
      figures.push_back(static_cast<double>(index[l]));
      figures.push_back(totals[l]);
    }
    if (need <= budget && (best.empty() || figures < best)) {
      best = figures;
      chosen.clear();
      for (const std::size_t i : index) chosen.push_back(widths[i]);
    }
    for (moved = 0; moved < index.size() && ++index[moved] == widths.size(); ++moved) {
      index[moved] = 0;
    }
  }
  return chosen;
}

TEST(AllocateBits, IsWhatTryingAllFinds) {
  Rng rng(1548);
  const Widths widths{8, 6, 4, 3};
  for (int round = 0; round < 300 && !::testing::Test::HasFailure(); ++round) {
    const bool noisy = rng.below(2) == 0;  // or on a grid of 1/8, where totals are often equal
    Costs cost;
    std::vector<std::int64_t> sizes;
    std::int64_t weights = 0;
    for (std::uint64_t left = 1 + rng.below(5); left > 0; --left) {
      cost.emplace_back(widths.size(), 0.0);
      for (double& narrowed : std::span(cost.back()).subspan(1)) {
        const double on_grid = 0.125 * (static_cast<double>(rng.below(12)) - 2.0);
        narrowed = noisy ? double{rng.normal(0.3f, 0.4f)} : on_grid;
      }
      sizes.push_back(static_cast<std::int64_t>(1 + rng.below(30)));
      weights += sizes.back();
    }
    const std::int64_t budget =
        weights * 3 +
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(weights * 5 + 9)));
    expect_same<int>("bits in round " + std::to_string(round),
                     allocate_bits(cost, sizes, widths, budget),
                     by_trying_all(cost, sizes, widths, budget));
  }
}

TEST(AllocateBits, AHundredLayersAreNoTrouble) {
  // 4^100 assignments. All layers are equal, so bits are multiples of 10: lists stay short.
  const std::vector<std::int64_t> sizes(100, 5);
  const Costs costs(100, {0.0, 1.0, 3.0, 9.0});
  expect_no_error(
      [&] {
        const Widths bits = allocate_bits(costs, sizes, Widths{8, 6, 4, 2}, 100 * 5 * 5);
        EXPECT_EQ(std::count(bits.begin(), bits.end(), 6), 50) << "6 and 4 bits, half and half";
        EXPECT_EQ(std::count(bits.begin(), bits.end(), 4), 50) << "6 and 4 bits, half and half";
      },
      "Of two entries of a list, one that needs no fewer bits and costs no less can never win: "
      "drop "
      "it, and the lists stay short.");
}

TEST(AllocateBits, TheBudgetMustBePossible) {
  const Costs cost{{0.0, 1.0}, {0.0, 0.05}};
  (void)allocate_bits(cost, kTwoSizes, Widths{8, 4}, 440);  // the least that is
  expect_error(
      [&] {
        (void)allocate_bits(cost, kTwoSizes, Widths{8, 4}, 439);
      },
      "440", "Given: 110 weights of 4 bits are 440 bits, and no choice is within 439.");
}

TEST(AllocateBits, CostsSizesAndWidthsMustFitTogether) {
  const Costs cost{{0.0, 1.0}, {0.0, 0.05}};
  (void)allocate_bits(cost, kTwoSizes, Widths{8, 4}, 900);  // these do
  const auto refused = [](const Costs& costs, const std::vector<std::int64_t>& sizes,
                          const Widths& widths, const char* fragment) {
    expect_error([&] { (void)allocate_bits(costs, sizes, widths, 900); }, fragment,
                 "Given: see sensitivity_guards.h.");
  };
  refused({{0.0, 1.0}}, kTwoSizes, {8, 4}, "rows of costs must be 2, got 1");
  refused(cost, kTwoSizes, {4, 8}, "widths must descend");
  refused({{0.0, std::numeric_limits<double>::quiet_NaN()}, {0.0, 0.1}}, kTwoSizes, {8, 4},
          "layer 0: a cost must be finite");
  refused(cost, {std::int64_t{1} << 62, std::int64_t{1} << 62}, {8, 4}, "64 bits");
  refused({{1e308, 0.0}, {1e308, 0.0}}, kTwoSizes, {8, 4}, "sum of the largest costs");
}

TEST(AllocateBits, SaysWhenListsExplode) {
  // Sizes 1, 2, 4, … and a cost of 1 a bit saved: 2^20 sums, none of which beats another.
  std::vector<std::int64_t> sizes;
  Costs costs;
  for (int l = 0; l < 20; ++l) {
    sizes.push_back(std::int64_t{1} << l);
    costs.push_back({0.0, static_cast<double>(sizes.back())});
  }
  expect_error(
      [&] {
        (void)allocate_bits(costs, sizes, Widths{2, 1}, std::int64_t{3} << 19);
      },
      "choices",
      "Memory ends somewhere: beyond kMaxChoices say how many there were, and what to try.");
}

// --- 15.49 first_divergence ---

// One layer of two outputs over [-8, 7] that agrees with itself.
LayerTrace agreeing() {
  const LayerRun run{.multipliers = {0.1f, 0.1f}, .range = {-8, 7}, .codes = {1, -2, 3, 4}};
  return {.sums = {10, -20, 30, 44}, .integer = run, .simulated = run};
}

// The same with one element as given.
LayerTrace differing(std::size_t element, std::int64_t sum, int integer, int simulated) {
  LayerTrace layer = agreeing();
  layer.sums[element] = sum;
  layer.integer.codes[element] = static_cast<std::int8_t>(integer);
  layer.simulated.codes[element] = static_cast<std::int8_t>(simulated);
  return layer;
}

std::optional<Divergence> divergence_of(const LayerTrace& layer) {
  return first_divergence(std::vector<LayerTrace>{layer});
}

void expect_divergence(const std::optional<Divergence>& got, std::size_t layer, std::size_t element,
                       Cause cause, const std::string& says,
                       const teach::Location& where = teach::Location::current()) {
  if (!got) {
    teach::report(where, "nothing was found, but layer " + std::to_string(layer) + " differs");
    return;
  }
  constexpr const char* kNames[] = {"kOverflow", "kGrid", "kClip", "kTie", "kOther"};
  if (got->layer == layer && got->element == element && got->cause == cause) return;
  teach::report(where, "layer " + std::to_string(got->layer) + ", element " +
                           std::to_string(got->element) + ", " +
                           kNames[static_cast<int>(got->cause)] + "; expected layer " +
                           std::to_string(layer) + ", element " + std::to_string(element) + ", " +
                           kNames[static_cast<int>(cause)] + "\n" + says);
}

TEST(FirstDivergence, AgreementIsNothing) {
  const std::vector<LayerTrace> layers{agreeing(), agreeing()};
  EXPECT_FALSE(first_divergence(layers).has_value()) << "no two codes differ";
}

TEST(FirstDivergence, StopsAtTheFirst) {
  std::vector<LayerTrace> layers{agreeing(), agreeing(), agreeing()};
  layers[1].simulated.codes[2] = 7;
  layers[1].simulated.codes[3] = 7;
  layers[2].simulated.codes[0] = 7;
  expect_divergence(first_divergence(layers), 1, 2, Cause::kOther,
                    "Layer 1, element 2 is where it starts; what comes later follows from it.");
}

TEST(FirstDivergence, ATieIsOneStepAtABorder) {
  // Position 2.5: half to even gives 2, a float sum a hair above gives 3.
  expect_divergence(divergence_of(differing(1, 25, 2, 3)), 0, 1, Cause::kTie,
                    "25 · 0.1 = 2.5 lies on the border of codes 2 and 3, and they are one apart.");
  expect_divergence(divergence_of(differing(1, 25, 2, 5)), 0, 1, Cause::kOther,
                    "Codes 2 and 5 are three apart: rounding never explains more than one step.");
  expect_divergence(
      divergence_of(differing(1, 22, 2, 3)), 0, 1, Cause::kOther,
      "2.2 is not on a border: rounding gives 2 in both runs. Measure the distance to 2.5.");
}

TEST(FirstDivergence, TheTieOfANegativePosition) {
  expect_divergence(divergence_of(differing(1, -25, -2, -3)), 0, 1, Cause::kTie,
                    "-2.5 lies on the border of -3 and -2. std::floor rounds -2.5 to -3, so the "
                    "part after it is 0.5; a conversion to int gives -2.");
}

// Position 5.8, code 6; in a range that ends at 4 it becomes 4.
TEST(FirstDivergence, WhicheverOfTheTwoClipsItIsAClip) {
  LayerTrace layer = differing(3, 58, 6, 4);
  layer.simulated.range = {-8, 4};
  expect_divergence(divergence_of(layer), 0, 3, Cause::kClip,
                    "The simulation's range ends at 4 and the deployed one at 7: 5.8 becomes 4 in "
                    "one and 6 in the other. Ask both ranges, not the deployed one alone.");
  layer = differing(3, 58, 4, 6);
  layer.integer.range = {-8, 4};
  expect_divergence(divergence_of(layer), 0, 3, Cause::kClip,
                    "The deployed range ends at 4 and the simulation's at 7: 5.8 becomes 4 in one "
                    "and 6 in the other. Ask both ranges, not the simulation's alone.");
  layer = differing(1, -20, 0, -2);
  layer.integer.range = {0, 7};
  expect_divergence(divergence_of(layer), 0, 1, Cause::kClip,
                    "The deployed layer has a ReLU, so its range begins at 0, and the simulation "
                    "has none: ranges have a lower end too.");
}

TEST(FirstDivergence, AClipThatBothShareExplainsNothing) {
  expect_divergence(divergence_of(differing(3, 90, 7, 6)), 0, 3, Cause::kOther,
                    "90 · 0.1 = 9 lies beyond 7, but both ranges end there: each should have "
                    "written 7, so their clips are not what sets them apart.");
  LayerTrace layer = differing(1, 22, 2, 4);
  layer.simulated.range = {-8, 4};
  expect_divergence(divergence_of(layer), 0, 1, Cause::kOther,
                    "The ranges differ, but 2.2 lies inside both: neither clips it.");
}

TEST(FirstDivergence, WithTwoScalesNoCodeMeansTheSame) {
  LayerTrace layer = differing(1, -20, -2, -4);
  layer.simulated.multipliers[1] = 0.2f;
  expect_divergence(divergence_of(layer), 0, 1, Cause::kGrid,
                    "Output 1 is multiplied by 0.1 in the integers and by 0.2 in the simulation: "
                    "one of the two chose another scale, so equal codes mean different numbers.");
  layer = differing(0, 10, 1, 5);
  layer.simulated.multipliers[1] = 0.2f;
  expect_divergence(divergence_of(layer), 0, 0, Cause::kOther,
                    "The multipliers of output 1 differ, but element 0 belongs to output 0.");
  layer = differing(0, 10, 1, 4);
  layer.simulated.zero_point = 3;
  expect_divergence(
      divergence_of(layer), 0, 0, Cause::kGrid,
      "The zero-points are 0 and 3: code 1 of one run is code 4 of the other. kGrid is "
      "about scale and zero-point.");
  layer = differing(3, 90, 7, 4);
  layer.simulated.multipliers[1] = 0.2f;
  layer.simulated.range = {-8, 4};
  expect_divergence(divergence_of(layer), 0, 3, Cause::kGrid,
                    "With two scales the ends cannot be compared: kGrid comes before kClip.");
}

TEST(FirstDivergence, TheZeroPointMovesThePosition) {
  LayerTrace layer = agreeing();
  layer.integer.zero_point = layer.simulated.zero_point = 5;
  layer.sums = {10, -20, -3, -6};
  layer.integer.codes = {6, 3, 5, 4};
  layer.simulated.codes = {6, 3, 5, 5};
  expect_divergence(divergence_of(layer), 0, 3, Cause::kOther,
                    "-0.6 + 5 = 4.4: code 4 is right, and no border is near.");
  layer.sums[1] = 20;
  layer.integer.codes[1] = 7;
  layer.simulated.codes[1] = 6;
  layer.simulated.range = {-8, 6};
  expect_divergence(divergence_of(layer), 0, 1, Cause::kClip,
                    "20 · 0.1 + 5 = 7 is beyond 6: add the zero-point before comparing.");
}

TEST(FirstDivergence, EveryOutputHasItsMultiplier) {
  LayerTrace layer = differing(3, 7, 4, 3);  // output 1: 3.5
  layer.integer.multipliers = layer.simulated.multipliers = {0.1f, 0.5f};
  expect_divergence(divergence_of(layer), 0, 3, Cause::kTie,
                    "Element 3 is output 1 of row 1: its multiplier is 0.5, 7 · 0.5 = 3.5.");
}

TEST(FirstDivergence, AWrappedSumExplainsEverything) {
  LayerTrace layer = differing(0, std::int64_t{1} << 31, -8, 4);  // one more than int32 holds
  layer.simulated.range = {-8, 4};
  expect_divergence(divergence_of(layer), 0, 0, Cause::kOverflow,
                    "2^31 does not fit in int32; that it is also clipped is a consequence.");
}

TEST(FirstDivergence, VectorsMustFitTogether) {
  std::vector<LayerTrace> layers{agreeing(), agreeing()};
  (void)first_divergence(layers);  // these do
  layers[1].simulated.codes.pop_back();
  expect_error([&] { (void)first_divergence(layers); }, "layer 1: codes must be 4, got 3",
               "Given: four integer codes and three simulated ones cannot be compared.");
  layers[1] = agreeing();
  layers[1].simulated.multipliers.pop_back();
  expect_error([&] { (void)first_divergence(layers); }, "layer 1: multipliers must be 2, got 1",
               "Given: two multipliers and one are not those of the same outputs.");
  layers[1] = agreeing();
  layers[1].integer.multipliers[0] = std::numeric_limits<float>::quiet_NaN();
  expect_error([&] { (void)first_divergence(layers); }, "layer 1: multiplier[0] must be finite",
               "Given: NaN differs from itself and would count as another scale.");
}

}  // namespace
}  // namespace tinytorch::quantization
