// Defects 1 and 2 of the pipeline that this one follows: epochs that were never trained, and
// weights that stayed behind.

#include <gtest/gtest.h>

#include "drive.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/compose.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/scheme.h"

namespace tinytorch::pipeline {
namespace {

constexpr const char* kConvBn =
    "name: conv_bn\nkind: classifier\nmodel:\n  layers:\n"
    "    - {kind: conv2d, in: 1, out: 4, padding: 1, bias: false}\n"
    "    - {kind: batch_norm2d, in: 4}\n    - {kind: relu}\n    - {kind: flatten}\n"
    "    - {kind: linear, in: 256, out: 10}\n"
    "data:\n  set: digits\n  examples: 200\n  fixture: 100\n"
    "train:\n  epochs: 2\nqat:\n  epochs: 2\nquantize:\n  mode: qat\n";

Job job_of(const std::string& text, const std::string& name, Progress& progress) {
  Job job{
      .recipe = parse_recipe(text, name + ".yaml"), .folder = scratch(name), .progress = progress};
  job.data = load_data(job.recipe);
  std::filesystem::create_directories(job.folder / "state");
  return job;
}

data::TensorDataset small_set() { return {Tensor::ones(Shape{20, 3}), Tensor::ones(Shape{20, 1})}; }

// An iterator handed over for its loader: it cannot begin again.
class OneEpoch : public data::BatchSource {
 public:
  explicit OneEpoch(data::BatchSource& inner) : inner_(inner) { inner_.start_epoch(); }
  void start_epoch() override {}
  bool next(data::Batch& batch) override { return inner_.next(batch); }
  std::int64_t batches() const override { return inner_.batches(); }

 private:
  data::BatchSource& inner_;
};

PhasePlan three_epochs() {
  PhasePlan plan;
  plan.title = "test";
  plan.epochs = 3;
  plan.loss = train::mse();
  return plan;
}

TEST(Defect1, TenEpochsThatTrainedForOneAreAnError) {
  Progress progress(true);
  auto model = nn::sequential(nn::Linear(3, 1));
  optim::SGD optimizer(model.parameters(), {.learning_rate = 0.01f});
  const auto set = small_set();
  data::DataLoader loader(set, {.batch_size = 8});
  OneEpoch iterator(loader);
  try {
    (void)run_phase(model, nullptr, optimizer, iterator, three_epochs(),
                    {scratch("defect1") / "checkpoint"}, progress);
    FAIL() << "an epoch without a batch was not noticed";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("epoch 2 saw 0 batches, expected 3"),
              std::string::npos)
        << error.what();
  }
}

TEST(Defect1, EpochsStepsAndExamplesAreCountedAsTheyHappen) {
  Progress progress(true);
  auto model = nn::sequential(nn::Linear(3, 1));
  optim::SGD optimizer(model.parameters(), {.learning_rate = 0.01f});
  const auto set = small_set();
  data::DataLoader loader(set, {.batch_size = 8});
  const PhaseCounts counts = run_phase(model, nullptr, optimizer, loader, three_epochs(),
                                       {scratch("counts") / "checkpoint"}, progress);
  EXPECT_EQ(counts.epochs, 3);
  EXPECT_EQ(counts.steps, 9);
  EXPECT_EQ(counts.examples, 60);
  EXPECT_EQ(counts.float_steps, 9);
  EXPECT_EQ(counts.switch_step, -1);
}

TEST(Defect1, APhaseInIntegersSaysWhenItSwitched) {
  Progress progress(true);
  const Job job = job_of(kConvBn, "switch", progress);
  const TrainedFloat floats = train_float(job, 0);
  EXPECT_EQ(floats.counts.examples, 2 * job.data.train->size());
  const auto integers =
      train_integers(job, *floats.model, scheme_of(job.recipe, *floats.model, Form::kQat), 0);
  EXPECT_EQ(integers.counts.epochs, 2);
  EXPECT_EQ(integers.counts.switch_step, 7);  // 201 examples in batches of 32
  EXPECT_EQ(integers.counts.integer_steps, 7);
  EXPECT_EQ(integers.matched, 7);  // conv, four of batch norm, two of linear
}

TEST(Defect2, WeightsOfAnotherNetworkAreAnErrorThatNamesTheKey) {
  Progress progress(true);
  const Job job = job_of(kConvBn, "keys", progress);
  // What a fused export would hand back: the batch norm is gone.
  Rng rng(0);
  const Recipe other = parse_recipe(
      "name: fused\nkind: classifier\nmodel:\n  layers:\n"
      "    - {kind: conv2d, in: 1, out: 4, padding: 1, bias: false}\n"
      "    - {kind: relu}\n    - {kind: relu}\n    - {kind: flatten}\n"
      "    - {kind: linear, in: 256, out: 10}\ndata:\n  set: digits\n",
      "fused.yaml");
  const auto fused = make_model(other, rng);
  try {
    (void)train_integers(job, *fused, {}, 0);
    FAIL() << "a batch norm stayed behind, and nobody was told";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("1."), std::string::npos) << error.what();
  }
}

TEST(Defect2, BatchNormsStatisticsComeAlong) {
  Progress progress(true);
  const Job job = job_of(kConvBn, "statistics", progress);
  const TrainedFloat floats = train_float(job, 0);
  const auto copy = copy_of(job, *floats.model);
  const Tensor before = predictions(*floats.model, job.data.fixture_inputs);
  const Tensor after = predictions(*copy, job.data.fixture_inputs);
  for (std::size_t i = 0; i < before.data().size(); ++i)
    ASSERT_EQ(std::as_const(before).data()[i], std::as_const(after).data()[i]);
}

}  // namespace
}  // namespace tinytorch::pipeline
