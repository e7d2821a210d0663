// The gate, and what the original's gate let through.
#include "tinytorch/pipeline/gate/gate.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/core/error.h"

namespace tinytorch::pipeline {
namespace {

PairedLatency latency(const std::string& runtime, double ratio) {
  return {runtime, 41, 1000.0, 1000.0 * ratio, {ratio, ratio - 0.01, ratio + 0.01}};
}

// `groups` photographs of `each` patches; predictions are the target plus noise, and int8 adds
// `error` more, one size for each photograph.
struct Made {
  Fixture fixture;
  Tensor in_float;
};
Made make(std::int64_t groups, std::int64_t each, Rng& rng) {
  Made made;
  std::vector<float> targets;
  std::vector<float> predictions;
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t i = 0; i < each; ++i) {
      targets.push_back(rng.normal());
      predictions.push_back(targets.back() + 0.1f * rng.normal());
      made.fixture.groups.push_back(concat("photograph ", g));
    }
  }
  const Shape shape{groups * each};
  made.fixture.targets = Tensor(shape, targets);
  made.fixture.inputs = Tensor(Shape{groups * each, 1}, targets);
  made.in_float = Tensor(shape, predictions);
  return made;
}

Tensor with_noise(const Tensor& x, float deviation, Rng& rng) {
  Tensor y = x.clone();
  for (float& value : y.data()) value += deviation * rng.normal();
  return y;
}

GateQuestion question(const Made& made, float deviation, Rng& rng) {
  GateQuestion asked;
  asked.fixture = made.fixture;
  asked.metric = Metric::kPlcc;
  for (int i = 0; i < 20; ++i) {
    asked.draws.push_back(
        {concat("draw ", i), made.in_float, with_noise(made.in_float, deviation, rng)});
  }
  for (int i = 0; i < 5; ++i) {
    asked.seeds.push_back(
        {concat("seed ", i), made.in_float, with_noise(made.in_float, deviation, rng)});
  }
  asked.float_bytes = 1000;
  asked.int8_bytes = 300;
  asked.latency = {latency("tinytorch", 0.5), latency("onnxruntime", 0.7)};
  return asked;
}

bool mentions(const GateVerdict& verdict, const std::string& text) {
  for (const std::string& reason : verdict.reasons()) {
    if (reason.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST(Gate, PassesAGoodModelAndSaysWhy) {
  Rng rng(1);
  const Made made = make(40, 10, rng);
  const GateVerdict verdict = judge(question(made, 0.01f, rng));
  EXPECT_TRUE(verdict.pass) << to_text(verdict);
  EXPECT_TRUE(verdict.reasons().empty());
  EXPECT_LE(verdict.drop.high, kStaticBudget);
  EXPECT_EQ(verdict.rows, 400);
  EXPECT_EQ(verdict.groups, 40);
  EXPECT_EQ(verdict.draws.trials, 20);
  EXPECT_EQ(verdict.seeds.trials, 5);
  EXPECT_LE(verdict.draws.least, verdict.draws.median);
  EXPECT_LE(verdict.draws.median, verdict.draws.most);
  const std::string text = to_text(verdict);
  for (const char* said : {"PASS", "20 draws of the calibration set", "5 training seeds",
                           "400 rows in 40 groups", "drop over 20", "drop over 5"}) {
    EXPECT_NE(text.find(said), std::string::npos) << said << "\n" << text;
  }
}

// Defect 3 of the original (its gate measures 16 random inputs of one seed): a model of which one
// seed in twenty passes there.
TEST(Gate, Defect3TheVerdictDoesNotDependOnASeed) {
  Rng rng(2);
  const Made made = make(60, 8, rng);
  // As the original does it: 16 rows of a seed's choice, one number, no interval.
  const float deviation = 0.07f;
  int passed = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng draw(seed);
    std::vector<float> t;
    std::vector<float> p;
    std::vector<float> q;
    for (int i = 0; i < 16; ++i) {
      const auto row = static_cast<std::size_t>(draw.below(480));
      t.push_back(std::as_const(made.fixture.targets).data()[row]);
      p.push_back(std::as_const(made.in_float).data()[row]);
      q.push_back(p.back() + deviation * draw.normal());
    }
    const Tensor targets(Shape{16}, t);
    passed += measure(Metric::kPlcc, Tensor(Shape{16}, p), targets) -
                  measure(Metric::kPlcc, Tensor(Shape{16}, q), targets) <=
              0.002;
  }
  EXPECT_GT(passed, 4) << "the original's verdict is a coin";
  EXPECT_LT(passed, 36);

  GateQuestion asked = question(made, deviation, rng);
  asked.budget = 0.002;
  asked.bootstrap.resamples = 2000;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    asked.bootstrap.seed = seed;
    const GateVerdict verdict = judge(asked);
    EXPECT_FALSE(verdict.pass) << "seed " << seed << "\n" << to_text(verdict);
  }
  EXPECT_EQ(judge(asked), judge(asked));
}

// The mean drop is inside the budget, but not the worst end of its interval.
TEST(Gate, Defect3OnlyTheWorstEndOfTheIntervalCounts) {
  Rng rng(3);
  const Made made = make(8, 4, rng);
  const GateQuestion asked = question(made, 0.07f, rng);
  const GateVerdict verdict = judge(asked);
  EXPECT_LT(verdict.drop.estimate, kStaticBudget);
  EXPECT_GT(verdict.drop.high, kStaticBudget);
  EXPECT_FALSE(verdict.pass);
  EXPECT_TRUE(mentions(verdict, "accuracy: the drop of plcc is at most"));
}

// Defect 4 of the original: dynamic int8 that ran 8.7 to 13 times as long as float was shipped.
TEST(Gate, Defect4SlowerInt8DoesNotShip) {
  Rng rng(4);
  const Made made = make(40, 10, rng);
  GateQuestion asked = question(made, 0.001f, rng);
  asked.latency[1] = latency("onnxruntime", 8.7);
  GateVerdict verdict = judge(asked);
  EXPECT_FALSE(verdict.pass);
  ASSERT_EQ(verdict.reasons().size(), 1u);
  EXPECT_TRUE(mentions(verdict, "latency in onnxruntime: int8 takes 8.7"));

  asked.latency.pop_back();
  EXPECT_TRUE(mentions(judge(asked), "latency in onnxruntime: not measured"));
  asked.needed_runtimes = {"tinytorch"};
  EXPECT_TRUE(judge(asked).pass);

  asked.latency[0].machine_busy = true;
  asked.latency[0].busy = 0.2;
  EXPECT_TRUE(mentions(judge(asked), "machine busy: wall time exceeded processor time by 20 %"));
  asked.latency[0] = latency("tinytorch", std::nan(""));
  EXPECT_FALSE(judge(asked).pass);
}

TEST(Gate, BytesCount) {
  Rng rng(5);
  const Made made = make(40, 4, rng);
  GateQuestion asked = question(made, 0.001f, rng);
  asked.int8_bytes = 1000;
  EXPECT_TRUE(mentions(judge(asked), "bytes: 1000 bytes are no fewer"));
  asked.int8_bytes = 500;
  asked.most_bytes = 400;
  EXPECT_TRUE(mentions(judge(asked), "above the budget of 400"));
  asked.int8_bytes = 0;
  EXPECT_TRUE(mentions(judge(asked), "not measured"));
}

TEST(Gate, TooFewTrialsDoNotPass) {
  Rng rng(6);
  const Made made = make(40, 4, rng);
  GateQuestion asked = question(made, 0.001f, rng);
  asked.draws.resize(2);
  asked.seeds.resize(1);
  GateVerdict verdict = judge(asked);
  EXPECT_TRUE(mentions(verdict, "draws: 2 draws of the calibration set; needed are 20"));
  EXPECT_TRUE(mentions(verdict, "seeds: 1 training seeds; needed are 5"));
  asked.needed_draws = 0;  // as for dynamic quantization, in a smoke run
  asked.needed_seeds = 1;
  asked.draws.clear();
  verdict = judge(asked);
  EXPECT_TRUE(verdict.pass) << to_text(verdict);
}

// One of 20 draws is bad: the recipe may give such a model, so it does not pass.
TEST(Gate, OneBadDrawOfTwentyIsSeen) {
  Rng rng(7);
  const Made made = make(40, 4, rng);
  GateQuestion asked = question(made, 0.001f, rng);
  asked.draws[13].predictions = with_noise(made.in_float, 0.5f, rng);
  const GateVerdict verdict = judge(asked);
  EXPECT_FALSE(verdict.pass);
  EXPECT_LT(verdict.by_seed.high, kStaticBudget);
  EXPECT_GT(verdict.by_draw.high, kStaticBudget);
  EXPECT_EQ(verdict.drop.high, verdict.by_draw.high);
}

TEST(Gate, NanAndConstantPredictionsNeverPass) {
  Rng rng(8);
  const Made made = make(40, 4, rng);
  const GateQuestion good = question(made, 0.001f, rng);
  for (const bool constant : {false, true}) {
    GateQuestion asked = good;
    Tensor bad = made.in_float.clone();
    for (float& value : bad.data()) value = constant ? 1.0f : std::nanf("");
    asked.seeds[2].predictions = bad;
    GateVerdict verdict = judge(asked);
    EXPECT_FALSE(verdict.pass);
    EXPECT_EQ(verdict.drop.high, INFINITY);
    EXPECT_EQ(verdict.seeds.most, INFINITY);
    EXPECT_TRUE(mentions(verdict, "seed 2")) << to_text(verdict);
    asked.seeds[2] = good.seeds[2];
    asked.draws[0].predictions = bad;  // what would ship
    verdict = judge(asked);
    EXPECT_FALSE(verdict.pass);
    EXPECT_TRUE(std::isnan(verdict.int8_metric.estimate));
    asked = good;
    asked.seeds[1].float_predictions = bad;
    EXPECT_ERROR(judge(asked), "the float model, seed 1");
  }
}

// A thousand patches of ten photographs are ten photographs: int8 fails on one of them.
TEST(Gate, ResamplesGroupsAndNeverRows) {
  Rng rng(9);
  const Made made = make(10, 100, rng);
  GateQuestion asked = question(made, 0.0f, rng);
  for (std::vector<Trial>* trials : {&asked.draws, &asked.seeds}) {
    for (Trial& trial : *trials) {
      for (std::size_t row = 0; row < 100; ++row)
        trial.predictions.data()[row] += 0.4f * rng.normal();
    }
  }
  const GateVerdict by_photograph = judge(asked);
  for (std::size_t row = 0; row < 1000; ++row) asked.fixture.groups[row] = concat("patch ", row);
  const GateVerdict by_patch = judge(asked);
  EXPECT_NEAR(by_photograph.drop.estimate, by_patch.drop.estimate, 1e-12);
  EXPECT_GT(by_photograph.drop.high - by_photograph.drop.low,
            1.5 * (by_patch.drop.high - by_patch.drop.low));
}

TEST(Gate, RefusesFixturesThatCannotTell) {
  Rng rng(10);
  const Made two = make(2, 50, rng);
  EXPECT_ERROR(judge(question(two, 0.001f, rng)), "100 rows come from 2 groups");
  const Made one = make(1, 50, rng);
  EXPECT_ERROR(judge(question(one, 0.001f, rng)), "1 group, and");
  const Made made = make(5, 4, rng);
  GateQuestion asked = question(made, 0.001f, rng);
  asked.fixture.groups.pop_back();
  EXPECT_ERROR(judge(asked), "a group for each row");
  asked.fixture.groups.clear();
  EXPECT_ERROR(judge(asked), "no rows");
}

TEST(Gate, NeedsNoLabelsForAgreementWithTheFloatModel) {
  Rng rng(11);
  GateQuestion asked;
  const Tensor x = Tensor::randn(Shape{60, 4}, rng);
  for (int i = 0; i < 60; ++i) asked.fixture.groups.push_back(concat("image ", i));
  asked.draws.assign(20, {"draw", x, with_noise(x, 1e-4f, rng)});
  asked.seeds.assign(5, {"seed", x, with_noise(x, 1e-4f, rng)});
  asked.float_bytes = 10;
  asked.int8_bytes = 4;
  asked.needed_runtimes = {};
  for (const Metric metric : {Metric::kSqnr, Metric::kCosine, Metric::kAgreement}) {
    asked.metric = metric;
    const GateVerdict verdict = judge(asked);
    EXPECT_TRUE(verdict.pass) << to_text(verdict);
  }
}

TEST(Gate, HasTheBudgetsOfTheDocument) {
  EXPECT_EQ(default_budget("dynamic"), 0.01);
  EXPECT_EQ(default_budget("static"), 0.005);
  EXPECT_EQ(default_budget("repaired"), 0.005);
  EXPECT_EQ(default_budget("qat"), 0.002);
  EXPECT_ERROR(default_budget("fp32"), "no default budget for mode \"fp32\"");
}

}  // namespace
}  // namespace tinytorch::pipeline
