// Learner tests of part 13: where quantization hurts. Small enough to check by hand.
#include "tinytorch/quantization/sensitivity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/teach.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;
using Floats = std::vector<float>;
using Widths = std::vector<int>;
using Costs = std::vector<std::vector<double>>;

constexpr float kBeyond = std::numeric_limits<float>::infinity();

// A figure in double that may be summed in any order.
void expect_figure(const std::string& what, double got, double expected,
                   const std::vector<std::pair<double, std::string>>& suspicions = {},
                   const std::source_location& where = std::source_location::current()) {
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
                  "2.4 lies outside the last code but rounds to it; that is no clipping. Ask "
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

TEST(Diagnose, RefusesWhatItCannotMeasure) {
  expect_error(
      [] {
        (void)diagnose({}, {1.0f, 0}, {-2, 2});
      },
      "diagnose", "No values have no signal: 0 / 0 is not a figure.");
  expect_error(
      [] {
        (void)diagnose(Floats{1.0f, kBeyond}, {1.0f, 0}, {-2, 2});
      },
      "1", "Infinity has no error to square. Name the index.");
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
        (void)leave_one_out(0, Widths{8, 4}, one);
      },
      "leave_one_out", "No layer, nothing to find out.");
  expect_error(
      [&] {
        (void)leave_one_out(2, Widths{4, 8}, one);
      },
      "descend", "widths[0] is what all others are compared with, so it must be the widest.");
  expect_error(
      [&] {
        (void)leave_one_out(2, Widths{8, 8}, one);
      },
      "descend", "A width given twice would be measured against itself.");
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

TEST(AllocateBits, TheExampleOfTheHeader) {
  const std::vector<std::int64_t> sizes{100, 10};
  expect_same<int>(
      "bits", allocate_bits({{0.0, 1.0}, {0.0, 0.05}}, sizes, Widths{8, 4}, 850), {8, 4},
      {{{4, 4}, "840 bits were enough after the first step: stop when the budget holds."},
       {{8, 8}, "880 bits are above the budget of 850."}});
}

TEST(AllocateBits, PaysByTheBitNotByTheLayer) {
  // Layer 0 costs twice as much as layer 1, and saves ten times as many bits.
  const std::vector<std::int64_t> sizes{100, 10};
  expect_same<int>("bits", allocate_bits({{0.0, 0.2}, {0.0, 0.1}}, sizes, Widths{8, 4}, 500),
                   {4, 8},
                   {{{4, 4},
                     "Layer 1 went first because its step costs less. Divide by the bits a "
                     "step saves: 0.1 for 40 bits is dearer than 0.2 for 400."}});
}

TEST(AllocateBits, PricesTheStepNotTheWayFromTheTop) {
  // From 8 to 4 layer 0 costs 1, from 4 to 2 only 0.1 more; layer 1 costs 0.6 from 8 to 4.
  const std::vector<std::int64_t> sizes{10, 10};
  expect_same<int>("bits",
                   allocate_bits({{0.0, 0.5, 0.55}, {0.0, 0.6, 2.0}}, sizes, Widths{8, 4, 2}, 105),
                   {2, 8},
                   {{{4, 4},
                     "Layer 0's second step costs 0.55 - 0.5, not 0.55: a price is the "
                     "difference between two neighbouring widths."}});
}

TEST(AllocateBits, TakesTheFirstOfEquals) {
  const std::vector<std::int64_t> sizes{10, 10, 10};
  const Costs equal{{0.0, 1.0}, {0.0, 1.0}, {0.0, 1.0}};
  expect_same<int>("bits", allocate_bits(equal, sizes, Widths{8, 4}, 210), {4, 8, 8},
                   {{{8, 8, 4}, "Of equal prices the first layer goes: compare with <, not <=."}});
}

TEST(AllocateBits, ABudgetForAllLeavesAllWide) {
  const std::vector<std::int64_t> sizes{100, 10};
  expect_same<int>("bits", allocate_bits({{0.0, 1.0}, {0.0, 0.05}}, sizes, Widths{8, 4}, 880),
                   {8, 8},
                   {{{8, 4}, "880 bits are within a budget of 880."},
                    {{4, 4}, "880 bits are within a budget of 880."}});
}

TEST(AllocateBits, NegativeCostsAreTakenFirst) {
  // Narrowing may help by accident; then it is the cheapest step of all.
  const std::vector<std::int64_t> sizes{10, 10};
  expect_same<int>("bits", allocate_bits({{0.0, 0.5}, {0.0, -0.1}}, sizes, Widths{8, 4}, 130),
                   {8, 4},
                   {{{4, 8},
                     "A step that lowers the loss is the cheapest there is: -0.1 is less "
                     "than 0.5."}});
}

TEST(AllocateBits, RefusesAnImpossibleBudget) {
  const std::vector<std::int64_t> sizes{100, 10};
  const Costs cost{{0.0, 1.0}, {0.0, 0.05}};
  expect_error(
      [&] {
        (void)allocate_bits(cost, sizes, Widths{8, 4}, 439);
      },
      "440", "110 weights of 4 bits are 440 bits: no choice is within 439. Say what is needed.");
  expect_error(
      [&] {
        (void)allocate_bits({{0.0, 1.0}}, sizes, Widths{8, 4}, 900);
      },
      "allocate_bits", "One row of costs for two layers.");
  const Costs broken{{0.0, std::numeric_limits<double>::quiet_NaN()}, {0.0, 0.1}};
  expect_error(
      [&] {
        (void)allocate_bits(broken, sizes, Widths{8, 4}, 500);
      },
      "layer 0", "NaN is smaller than nothing and would never be chosen.");
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
                       const std::source_location& where = std::source_location::current()) {
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
      "2.2 is no border: rounding gives 2 to everybody. Measure the distance to 2.5.");
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

TEST(FirstDivergence, OnTwoGridsNoCodeMeansTheSame) {
  LayerTrace layer = differing(1, -20, -2, -4);
  layer.simulated.multipliers[1] = 0.2f;
  expect_divergence(divergence_of(layer), 0, 1, Cause::kGrid,
                    "Output 1 is multiplied by 0.1 in the integers and by 0.2 in the simulation: "
                    "somebody chose another scale, so codes of the two share no grid.");
  layer = differing(0, 10, 1, 5);
  layer.simulated.multipliers[1] = 0.2f;
  expect_divergence(divergence_of(layer), 0, 0, Cause::kOther,
                    "The multipliers of output 1 differ, but element 0 belongs to output 0.");
  layer = differing(0, 10, 1, 4);
  layer.simulated.zero_point = 3;
  expect_divergence(divergence_of(layer), 0, 0, Cause::kGrid,
                    "The zero-points are 0 and 3: code 1 of one run is code 4 of the other. A grid "
                    "is a scale and a zero-point.");
  layer = differing(3, 90, 7, 4);
  layer.simulated.multipliers[1] = 0.2f;
  layer.simulated.range = {-8, 4};
  expect_divergence(divergence_of(layer), 0, 3, Cause::kGrid,
                    "On two grids the ends cannot be compared: kGrid comes before kClip.");
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

TEST(FirstDivergence, RefusesVectorsThatDoNotFit) {
  std::vector<LayerTrace> layers{agreeing(), agreeing()};
  layers[1].simulated.codes.pop_back();
  expect_error([&] { (void)first_divergence(layers); }, "layer 1",
               "Four integer codes and three simulated ones cannot be compared. Name the layer.");
  layers[1] = agreeing();
  layers[1].simulated.multipliers.pop_back();
  expect_error([&] { (void)first_divergence(layers); }, "layer 1",
               "Two multipliers and one are not those of the same outputs. Name the layer.");
}

}  // namespace
}  // namespace tinytorch::quantization
