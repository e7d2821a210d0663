// What quantizing did to each layer of a network, and the table of it.
#include "tinytorch/quantization/study/layer_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/study/debug_network.h"

namespace tinytorch::quantization {
namespace {

Tensor images(std::uint64_t seed, float size = 1.0f) {
  Rng rng(seed);
  Tensor x = Tensor::randn(Shape{16, 2, 8, 8}, rng);
  for (float& value : x.data()) value *= size;
  return x;
}

std::shared_ptr<QatNetwork> calibrated(const QConfig& config, float size = 1.0f) {
  Rng rng(3);
  auto net = prepare_network(*small::cnn(rng), config);
  net->eval();
  (void)net->forward(images(5, size));
  return net;
}

TEST(ReportLayers, CoversEveryLayerWithAWeight) {
  const auto net = calibrated({.bits_by_path = {{"4", 4}}});
  const auto reports = report_layers(*net, images(1));
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].path, "0");
  EXPECT_EQ(reports[1].path, "4");
  EXPECT_EQ(reports[2].path, "9");
  EXPECT_EQ(reports[1].weight_bits, 4);
  // 6 dB a bit, more or less: 4 bits fewer are heard.
  EXPECT_GT(reports[0].weight_sqnr_db, 35.0);
  EXPECT_LT(reports[1].weight_sqnr_db, 28.0);
  EXPECT_EQ(reports[2].levels, 256);
}

// Rows with scales of their own, added up: what sqnr_db says of the whole weight at once.
TEST(ReportLayers, TheRowsOfAWeightAddUpToTheWhole) {
  const auto net = calibrated({.weight_bits = 5});
  const auto reports = report_layers(*net, images(1));
  const std::size_t index = 0;
  const WeightAndBias folded = net->folded(index);
  const Tensor rounded = quantize_weight(
      folded.weight, net->scales(index, folded, net->input_qparams()), 5, ClipGradient::kBlocked);
  const Tensor weight = folded.weight;
  EXPECT_NEAR(reports[0].weight_sqnr_db, sqnr_db(weight.data(), rounded.data()), 1e-6);
}

TEST(ReportLayers, CalibrationOnOtherDataShowsInClippedAndInDeadLevels) {
  const auto right = report_layers(*calibrated({}), images(1));
  const auto too_small = report_layers(*calibrated({}, 0.25f), images(1));
  const auto too_large = report_layers(*calibrated({}, 16.0f), images(1));
  EXPECT_LT(right[0].clipped, 0.01);
  EXPECT_GT(too_small[0].clipped, 0.02) << "the grid ends before the values do";
  EXPECT_EQ(too_large[0].clipped, 0.0);
  EXPECT_GT(too_large[0].dead_levels, right[0].dead_levels + 50) << "most of the grid lies idle";
  EXPECT_LT(too_large[0].output_sqnr_db, right[0].output_sqnr_db - 6.0);
  EXPECT_LT(too_small[0].output_sqnr_db, right[0].output_sqnr_db - 6.0);
}

TEST(ReportLayers, DifferIsWhatTheComparisonCounts) {
  const auto net = calibrated({.weight_bits = 4});
  const Tensor x = images(11);
  const auto comparison = compare_with_simulation(convert_network(*net), x);
  const auto reports = report_layers(*net, x);
  ASSERT_EQ(reports.size(), comparison.layers.size());
  for (std::size_t l = 0; l < reports.size(); ++l) {
    EXPECT_EQ(std::llround(reports[l].differ * static_cast<double>(comparison.layers[l].codes)),
              comparison.layers[l].differ);
  }
}

TEST(ReportLayers, FollowsShortcutsAndDepthwiseLayersInBothDialects) {
  for (const small::Example& example : small::every_example()) {
    for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
      Rng rng(4);
      const auto net = prepare_network(*example.make(rng), {.dialect = dialect});
      net->eval();
      const Tensor x = small::batch(example.sample, 16, rng);
      (void)net->forward(x);
      for (const LayerReport& layer : report_layers(*net, x)) {
        EXPECT_GT(layer.weight_sqnr_db, 35.0) << example.name << ' ' << layer.path;
        EXPECT_GT(layer.output_sqnr_db, 20.0) << example.name << ' ' << layer.path;
        EXPECT_LT(layer.clipped, 0.05) << example.name << ' ' << layer.path;
      }
    }
  }
}

TEST(ReportLayers, NeedsACalibratedNetwork) {
  Rng rng(3);
  const auto net = prepare_network(*small::cnn(rng), {});
  EXPECT_ERROR((void)report_layers(*net, images(1)), "nothing observed yet");
}

TEST(LayerTable, FitsInEightyColumnsWithEveryFigureAtItsWidest) {
  const LayerReport widest{.path = "12.body.0.conv",
                           .weight_bits = 8,
                           .weight_sqnr_db = -123.4,
                           .output_sqnr_db = INFINITY,
                           .clipped = 1.0,
                           .dead_levels = 255,
                           .levels = 256,
                           .differ = 1.0};
  std::istringstream lines(layer_table(std::vector{widest, LayerReport{.path = "0"}}));
  std::vector<std::string> read;
  for (std::string line; std::getline(lines, line);) read.push_back(line);
  ASSERT_EQ(read.size(), 3U);
  for (const std::string& line : read) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_EQ(line.size(), read[0].size()) << "columns stand below each other: " << line;
  }
  EXPECT_NE(read[1].find("255 of  256"), std::string::npos) << read[1];
}

}  // namespace
}  // namespace tinytorch::quantization
