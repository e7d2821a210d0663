// Functions, products, maxima, concatenations and float islands, exported in QDQ form: their codes
// are ONNX Runtime's codes, at every level of optimization; where its float exponential decides
// otherwise, how often.
#include <gtest/gtest.h>

#include <iostream>

#include "peers/onnxruntime_session.h"
#include "tests/parity/draws.h"
#include "tests/parity/tally.h"
#include "tests/support/deployed_network.h"
#include "tests/support/graph_networks.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::parity {
namespace {

using peers::Optimization;
using namespace quantization;  // NOLINT: all that is compared

constexpr Optimization kLevels[] = {Optimization::kNone, Optimization::kBasic,
                                    Optimization::kExtended, Optimization::kAll};

std::vector<std::int64_t> shape_of(const NetworkValue& value, std::int64_t rows) {
  if (value.flat) return {rows, value.channels};
  return {rows, value.channels, value.height, value.width};
}

std::vector<std::uint8_t> theirs_of(const Codes& codes, const NetworkValue& value) {
  return as_codes<std::uint8_t>(
      to_channels_first<std::int8_t>(codes, value.channels, value.codes() / value.channels));
}

std::vector<std::uint8_t> run(const QuantizedNetwork& network, Optimization level,
                              const std::vector<std::uint8_t>& x, std::int64_t rows) {
  const NetworkValue& out = network.values().back();
  std::vector<std::uint8_t> y(static_cast<std::size_t>(rows * out.codes()));
  peers::OnnxRuntimeSession session(onnx::qdq_model(network, onnx::Ends::kCodes).to_bytes(), level);
  session.bind_input("x", std::span<const std::uint8_t>(x),
                     shape_of(network.values().front(), rows));
  session.bind_output("y", std::span(y), shape_of(out, rows));
  session.run();
  return y;
}

// Ours and theirs, at one level.
void compare(Tally& tally, const QuantizedNetwork& network, Optimization level, const Codes& x,
             std::int64_t rows, const std::string& where) {
  tally.compare(theirs_of(network.forward_codes(x), network.values().back()),
                run(network, level, theirs_of(x, network.values().front()), rows), where);
}

// How far apart at most, and how many of how many differ.
struct Difference {
  std::int64_t compared = 0;
  std::int64_t differ = 0;
  int largest = 0;

  void add(const std::vector<std::uint8_t>& ours, const std::vector<std::uint8_t>& theirs) {
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const int apart = std::abs(int{ours[i]} - int{theirs[i]});
      differ += apart != 0 ? 1 : 0;
      largest = std::max(largest, apart);
    }
    compared += static_cast<std::int64_t>(ours.size());
  }
};

QParams draw_grid(Rng& rng) { return {draw_scale(rng), draw_zero_point(rng)}; }

// Half of the grids as calibration would choose them, the others anything, ties included.
QuantizedNetwork function_network(const Function& function, Rng& rng) {
  QParams input = draw_grid(rng);
  QParams output = draw_grid(rng);
  if (rng.below(2) == 0) {
    const float reach = rng.uniform(1.0f, 12.0f);
    input = choose_qparams_asymmetric(-reach, rng.uniform(0.5f, 1.0f) * reach, full_range(8));
    float low = 0.0f;
    float high = 0.0f;
    for (int q = -128; q <= 127; ++q) {
      const float y = value_of(function, static_cast<float>(q - input.zero_point) * input.scale);
      low = std::min(low, y);
      high = std::max(high, y);
    }
    output = choose_qparams_asymmetric(low, high, full_range(8));
  }
  return {Shape{256},
          input,
          8,
          Dialect::kOrt,
          {{"0", {0}, QuantizedFunction(function, input, output, full_range(8))}}};
}

Codes every_code() {
  Codes codes;
  for (int q = -128; q <= 127; ++q) codes.push_back(static_cast<std::int8_t>(q));
  return codes;
}

Difference differences(const Function& function, Rng& rng) {
  constexpr int kTrials = 200;
  Difference difference;
  for (int trial = 0; trial < kTrials; ++trial) {
    const QuantizedNetwork network = function_network(function, rng);
    const Codes x = every_code();
    const auto ours = theirs_of(network.forward_codes(x), network.values().back());
    const auto theirs = run(network, kLevels[trial % 4], theirs_of(x, network.values().front()), 1);
    difference.add(ours, theirs);
  }
  return difference;
}

TEST(FunctionTable, OfStraightLinesIsTheRuntimesForEveryCode) {
  Rng rng(701);
  for (const Function& function :
       {Function{FunctionKind::kRelu}, Function{FunctionKind::kLeakyRelu, 0.1f},
        Function{FunctionKind::kClip, 0.0f, 6.0f}, Function{FunctionKind::kClip, -0.7f, 1.3f},
        Function{FunctionKind::kHardsigmoid}, Function{FunctionKind::kHardswish}}) {
    const Difference d = differences(function, rng);
    EXPECT_EQ(d.differ, 0) << name(function.kind) << ": of " << d.compared << " codes";
  }
}

// The runtime approximates exponentials to a few units in the last place. Where the exact value
// lies next to the border between two codes, its code is the neighbour's.
TEST(FunctionTable, OfExponentialsIsTheRuntimesButForNeighboursOnTheBorder) {
  Rng rng(702);
  for (const FunctionKind kind : {FunctionKind::kSigmoid, FunctionKind::kTanh, FunctionKind::kSilu,
                                  FunctionKind::kGelu, FunctionKind::kGeluTanh}) {
    const Difference d = differences({kind}, rng);
    std::cout << name(kind) << ": " << d.differ << " of " << d.compared << " codes differ, by "
              << d.largest << " at most\n";
    EXPECT_LE(d.largest, 1) << name(kind);
    EXPECT_LE(d.differ, d.compared / 1000) << name(kind);
  }
}

struct Joined {
  QParams a;
  QParams b;
  QParams output;
};

// A function of the input and the input itself, both on grids of their own, meet in `op`.
QuantizedNetwork join_network(const Shape& sample, const Joined& grids, bool pooled, NetworkOp op) {
  const Function same{FunctionKind::kClip, -1e30f, 1e30f};
  std::vector<QuantizedNode> nodes{
      {"a", {0}, QuantizedFunction(same, {0.05f, 0}, grids.a, full_range(8))},
      {"b", {0}, QuantizedFunction(same, {0.05f, 0}, grids.b, full_range(8))}};
  std::size_t second = 2;
  if (pooled) {
    nodes.push_back({"pool", {2}, QuantizedPool{PoolKind::kMax, 0, 1, 0}});
    second = 3;
  }
  nodes.push_back({"join", {1, second}, std::move(op)});
  return {sample, {0.05f, 0}, 8, Dialect::kOrt, std::move(nodes)};
}

Joined draw_joined(Rng& rng) {
  const auto grid = [&] {
    const float scale = rng.below(2) == 0 ? std::ldexp(1.0f, -static_cast<int>(rng.below(3)) - 3)
                                          : rng.uniform(0.02f, 0.2f);
    return QParams{scale, draw_zero_point(rng)};
  };
  return {grid(), grid(), grid()};
}

template <typename Make>
void compare_joins(std::uint64_t seed, bool pooled, Make make) {
  Rng rng(seed);
  Tally tally;
  constexpr int kTrials = 24;
  const Shape sample{6, 5, 4};
  for (int trial = 0; trial < kTrials; ++trial) {
    const Joined grids = draw_joined(rng);
    const QuantizedNetwork network = join_network(sample, grids, pooled, make(grids));
    const std::int64_t rows = kEnough / kTrials / network.values().back().codes() + 1;
    compare(tally, network, kLevels[trial % 4], draw_codes(rows * 120, -128, 127, rng), rows,
            "trial " + std::to_string(trial));
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

TEST(Joins, ProductsAreTheRuntimes) {
  const auto make = [](const Joined& g) {
    return QuantizedMultiply({g.a, g.b, g.output}, full_range(8), Dialect::kOrt);
  };
  compare_joins(711, false, make);
  compare_joins(712, true, make);
}

TEST(Joins, MaximaAreTheRuntimes) {
  compare_joins(713, false, [](const Joined& g) {
    return QuantizedMaximum({g.a, g.b, g.output}, full_range(8));
  });
}

TEST(Joins, ConcatenationsAreTheRuntimes) {
  for (const ConcatAxis axis : {ConcatAxis::kChannels, ConcatAxis::kHeight, ConcatAxis::kWidth}) {
    compare_joins(714, false, [axis](const Joined& g) {
      return QuantizedConcat({g.a, g.b}, g.output, axis, full_range(8));
    });
  }
}

TEST(Islands, AreTheRuntimesButForNeighboursOnTheBorder) {
  Rng rng(721);
  const std::vector<float> weight{0.5f, 1.0f, 1.5f, -1.0f, 2.0f, 0.1f};
  const std::vector<float> bias{0.0f, 0.3f, -0.3f, 1.0f, 0.0f, 0.2f};
  const IslandSettings all[] = {
      {.kind = IslandKind::kSoftmax, .dim = 1},
      {.kind = IslandKind::kLayerNorm, .dim = 1, .weight = weight, .bias = bias}};
  for (const IslandSettings& settings : all) {
    Difference difference;
    for (int trial = 0; trial < 40; ++trial) {
      const QParams input{rng.uniform(0.01f, 0.1f), draw_zero_point(rng)};
      const QParams output{rng.uniform(0.004f, 0.03f), draw_zero_point(rng)};
      const QuantizedNetwork network(
          Shape{6}, input, 8, Dialect::kOrt,
          {{"0", {0}, FloatIsland(settings, input, output, full_range(8))}});
      const Codes x = draw_codes(6 * 200, -128, 127, rng);
      difference.add(theirs_of(network.forward_codes(x), network.values().back()),
                     run(network, kLevels[trial % 4], theirs_of(x, network.values().front()), 200));
    }
    std::cout << name(settings.kind) << ": " << difference.differ << " of " << difference.compared
              << " codes differ, by " << difference.largest << " at most\n";
    EXPECT_LE(difference.largest, 1) << name(settings.kind);
    EXPECT_LE(difference.differ, difference.compared / 1000) << name(settings.kind);
  }
}

QConfig config_here() { return {.weight_bits = largest_safe_weight() == 127 ? 8 : 7}; }

TEST(GraphNetwork, OfIntegersGivesTheRuntimesCodes) {
  constexpr std::int64_t kTrials = 8;
  Rng rng(731);
  std::vector<small::Example> examples = small::integer_graphs();
  examples.pop_back();  // its exponentials are compared above
  for (const small::Example& example : examples) {
    Tally tally;
    for (int trial = 0; trial < kTrials; ++trial) {
      const QuantizedNetwork network = small::deployed(example, config_here(), rng);
      const std::int64_t rows = kEnough / kTrials / network.values().back().codes() / 20 + 1;
      const Codes x = network.quantize_input(small::batch(example.sample, rows, rng));
      compare(tally, network, trial % 2 == 0 ? Optimization::kExtended : Optimization::kAll, x,
              rows, example.name + ", trial " + std::to_string(trial));
    }
    EXPECT_EQ(tally.mismatches(), 0) << example.name;
  }
}

// A network in the manner of MobileNetV3, trained in integers for a few steps: the codes of
// training, of the deployed network, of its file and of the runtime are the same.
TEST(GraphNetwork, TrainedInIntegersIsTheSameEverywhere) {
  Rng rng(733);
  const small::Example example = small::mobile_example();
  const auto model = example.make(rng);
  small::train_a_little(*model, example.sample, 2, 0.05f, rng);
  const auto net = prepare_network(*model, config_here());
  net->eval();
  (void)net->forward(small::batch(example.sample, 64, rng));
  net->set_phase(QatPhase::kQuantize);
  small::train_a_little(*net, example.sample, 4, 0.02f, rng);
  net->train();
  net->freeze_observers();
  net->freeze_batch_norm();
  const Tensor x = small::batch(example.sample, 200, rng);
  const Tensor in_training = net->forward(x);
  const QuantizedNetwork deployed = convert_network(*net);
  const testing_support::TemporaryFile file("trained_mobile");
  save_network(file.path(), deployed);
  const QuantizedNetwork loaded = load_network(file.path()).network;

  const Codes input = deployed.quantize_input(x);
  const Codes codes = deployed.forward_codes(input);
  Codes trained(codes.size());
  quantize(std::as_const(in_training).data(), deployed.values().back().grid, full_range(8),
           trained);
  EXPECT_EQ(trained, codes);
  EXPECT_EQ(loaded.forward_codes(input), codes);
  const auto raised = theirs_of(input, deployed.values().front());
  for (const Optimization level : {Optimization::kExtended, Optimization::kAll}) {
    EXPECT_EQ(run(loaded, level, raised, 200), theirs_of(codes, deployed.values().back()));
  }
}

// Exponentials, and sums in float: a neighbour's code here and there, which later layers carry on.
TEST(GraphNetwork, WithExponentialsAndIslandsStaysWithinACode) {
  Rng rng(732);
  for (const small::Example& example : {small::Example{"functions", small::functions, {12}},
                                        small::Example{"islands", small::islands, {2, 8, 8}}}) {
    const QuantizedNetwork network = small::deployed(example, config_here(), rng);
    const Codes x = network.quantize_input(small::batch(example.sample, 400, rng));
    Difference difference;
    difference.add(theirs_of(network.forward_codes(x), network.values().back()),
                   run(network, Optimization::kAll, theirs_of(x, network.values().front()), 400));
    std::cout << example.name << ": " << difference.differ << " of " << difference.compared
              << " codes differ, by " << difference.largest << " at most\n";
    EXPECT_LE(difference.largest, 2) << example.name;
    EXPECT_LE(difference.differ, difference.compared / 50) << example.name;
  }
}

}  // namespace
}  // namespace tinytorch::parity
