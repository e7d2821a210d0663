#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/train/checkpoint.h"
#include "tinytorch/train/early_stopping.h"
#include "tinytorch/train/history.h"
#include "tinytorch/train/progress_bar.h"
#include "tinytorch/train/safetensors.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::train {
namespace {

using data::Batch;
using testing_support::TemporaryFile;

// y = 2x − 1 on ten points.
data::TensorDataset line() {
  Tensor x = Tensor::arange(10).view({10, 1});
  Tensor y(Shape{10, 1});
  for (std::size_t i = 0; i < 10; ++i) {
    x.data()[i] *= 0.1f;
    y.data()[i] = 2.0f * x.data()[i] - 1.0f;
  }
  return {x, y};
}

struct Fixture {
  data::TensorDataset examples = line();
  data::DataLoader loader{examples, {.batch_size = 4}};
  Rng rng{1};
  nn::Linear model{1, 1, rng};
  optim::SGD sgd{model.parameters(), {.learning_rate = 0.1f}};
};

// Gives its batches once and is empty ever after: what a consumed iterator is.
class OneEpochOnly : public data::BatchSource {
 public:
  explicit OneEpochOnly(data::BatchSource& source) : source_(source) { source_.start_epoch(); }
  void start_epoch() override {}
  bool next(Batch& batch) override { return source_.next(batch); }
  std::int64_t batches() const override { return source_.batches(); }

 private:
  data::BatchSource& source_;
};

TEST(CountCorrect, WorkedByHand) {
  const Tensor logits({3, 2}, {0.1f, 0.9f, 0.8f, 0.2f, 0.5f, 0.5f});
  EXPECT_EQ(count_correct(logits, std::vector<std::int64_t>{1, 1, 0}), 2);
  EXPECT_ERROR(count_correct(logits, std::vector<std::int64_t>{1, 1, 0, 1}),
               "count_correct: logits [3, 2] for 4 labels");
}

TEST(Evaluate, WeighsBatchesByTheirSize) {
  const data::TensorDataset examples(Tensor({5, 1}, {1, 1, 1, 1, 6}),
                                     std::vector<std::int64_t>(5, 0));
  data::DataLoader loader(examples, {.batch_size = 4});
  nn::Sequential identity;
  const Loss mean = [](const Tensor& output, const Batch&) { return ops::mean(output); };
  const Evaluation result = evaluate(identity, loader, mean);
  EXPECT_NEAR(result.loss, 2.0, 1e-6);
  EXPECT_EQ(result.examples, 5);
  EXPECT_EQ(result.accuracy, 1.0);
}

TEST(Evaluate, RunsInEvalModeWithoutRecordingAndRestoresTheMode) {
  Fixture f;
  nn::Sequential model({std::make_shared<nn::Dropout>(0.5f, 1)});
  bool checked = false;
  const Loss probe = [&](const Tensor& output, const Batch& batch) {
    EXPECT_FALSE(model.training());
    EXPECT_FALSE(autograd::grad_enabled());
    EXPECT_TRUE(output.shares_storage_with(batch.inputs));
    checked = true;
    return ops::mean(output);
  };
  evaluate(model, f.loader, probe);
  EXPECT_TRUE(checked);
  EXPECT_TRUE(model.training());
  const Loss throws = [](const Tensor&, const Batch&) -> Tensor { throw Error("no"); };
  EXPECT_ERROR(evaluate(model, f.loader, throws), "no");
  EXPECT_TRUE(model.training());
  EXPECT_TRUE(autograd::grad_enabled());
}

TEST(Evaluate, OfNothingIsAnError) {
  const data::TensorDataset nothing(Tensor(Shape{0, 1}), std::vector<std::int64_t>{});
  data::DataLoader loader(nothing, {});
  nn::Sequential model;
  EXPECT_ERROR(evaluate(model, loader, mse()), "evaluate: no examples");
}

TEST(TrainStep, ForgetsTheGradientsOfTheStepBefore) {
  Fixture f;
  const TrainSetup setup{f.model, f.sgd, mse()};
  const Batch batch = f.examples.get(std::vector<std::int64_t>{0, 5, 9});
  f.sgd.set_learning_rate(0.0f);
  train_step(setup, batch);
  const float once = f.model.weight().grad().item();
  train_step(setup, batch);
  EXPECT_EQ(f.model.weight().grad().item(), once);
}

TEST(TrainStep, ClipsGradients) {
  Fixture f;
  const TrainSetup setup{f.model, f.sgd, mse(), 0.01f};
  train_step(setup, f.examples.get(std::vector<std::int64_t>{0, 5, 9}));
  const float w = f.model.weight().grad().item();
  const float b = f.model.bias().grad().item();
  EXPECT_NEAR(std::sqrt(w * w + b * b), 0.01f, 1e-6f);
}

TEST(TrainStep, ALossThatIsNotFiniteMovesNothing) {
  Fixture f;
  const float before = f.model.weight().item();
  const TrainSetup setup{f.model, f.sgd, [](const Tensor& output, const Batch&) {
                           return ops::mean(output) * std::numeric_limits<float>::quiet_NaN();
                         }};
  EXPECT_ERROR(train_step(setup, f.examples.get(std::vector<std::int64_t>{0})),
               "train: the loss is nan; try a smaller learning rate");
  EXPECT_EQ(f.model.weight().item(), before);
}

TEST(TrainEpoch, RunsInTrainingModeAndReportsMeans) {
  Fixture f;
  f.model.eval();
  f.sgd.set_learning_rate(0.0f);
  std::vector<float> losses;
  const StepHooks hooks{.before = {},
                        .after = [&](std::int64_t, float loss) { losses.push_back(loss); }};
  const EpochResult result = train_epoch({f.model, f.sgd, mse()}, f.loader, hooks);
  EXPECT_TRUE(f.model.training());
  EXPECT_EQ(result.batches, 3);
  EXPECT_EQ(result.examples, 10);
  EXPECT_NEAR(result.loss, (4 * losses[0] + 4 * losses[1] + 2 * losses[2]) / 10, 1e-6);
}

TEST(Trainer, LearnsALineAndCountsWhatItSaw) {
  Fixture f;
  Trainer trainer(f.model, f.sgd, mse(), {.validation = &f.loader});
  const auto reports = trainer.fit(f.loader, 300);
  EXPECT_EQ(reports.size(), 300u);
  EXPECT_EQ(trainer.epochs_seen(), 300);
  EXPECT_EQ(trainer.steps_seen(), 900);
  EXPECT_EQ(trainer.examples_seen(), 3000);
  EXPECT_NEAR(f.model.weight().item(), 2.0f, 0.05f);
  EXPECT_NEAR(f.model.bias().item(), -1.0f, 0.05f);
  EXPECT_LT(reports.back().validation->loss, 1e-3);
  EXPECT_LT(reports.back().train_loss, reports.front().train_loss);
}

TEST(Trainer, AConsumedDataSourceIsAnErrorNotAnEpoch) {
  Fixture f;
  OneEpochOnly once(f.loader);
  Trainer trainer(f.model, f.sgd, mse());
  EXPECT_ERROR(trainer.fit(once, 10), "train: the data gave no batch, so nothing was trained");
  EXPECT_EQ(trainer.epochs_seen(), 1);
}

TEST(Trainer, FollowsTheScheduleOverAllEpochsAndCalls) {
  Fixture f;
  std::vector<std::int64_t> steps;
  Trainer trainer(f.model, f.sgd, mse(), {.schedule = [&](std::int64_t step) {
                    steps.push_back(step);
                    return step == 4 ? 0.25f : 0.125f;
                  }});
  trainer.fit(f.loader, 1);
  trainer.fit(f.loader, 1);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(f.sgd.learning_rate(), 0.125f);
  Trainer resumed(f.model, f.sgd, mse(), {.schedule = [&](std::int64_t step) {
                    steps.push_back(step);
                    return 0.1f;
                  }});
  resumed.resume(2, 6, 20);
  const auto reports = resumed.fit(f.loader, 1);
  EXPECT_EQ(steps[6], 6);
  EXPECT_EQ(reports[0].epoch, 3);
  EXPECT_EQ(resumed.examples_seen(), 30);
}

// Writes down every call.
class Recorder : public Callback {
 public:
  void on_fit_begin(Trainer&) override { log += "fit("; }
  void on_epoch_begin(Trainer&, std::int64_t epoch) override { log += std::to_string(epoch) + ":"; }
  void on_step_end(Trainer&, std::int64_t batch, float) override { log += std::to_string(batch); }
  void on_epoch_end(Trainer& trainer, const EpochReport& report) override {
    log += ";";
    if (report.epoch == stop_after) trainer.stop();
  }
  void on_fit_end(Trainer&) override { log += ")"; }
  std::string log;
  std::int64_t stop_after = 0;
};

TEST(Trainer, CallsBackInOrder) {
  Fixture f;
  const auto recorder = std::make_shared<Recorder>();
  Trainer trainer(f.model, f.sgd, mse(), {.callbacks = {recorder}});
  trainer.fit(f.loader, 2);
  EXPECT_EQ(recorder->log, "fit(1:012;2:012;)");
}

TEST(Trainer, StopsAtTheEndOfTheEpoch) {
  Fixture f;
  const auto recorder = std::make_shared<Recorder>();
  recorder->stop_after = 2;
  Trainer trainer(f.model, f.sgd, mse(), {.callbacks = {recorder}});
  EXPECT_EQ(trainer.fit(f.loader, 10).size(), 2u);
  EXPECT_EQ(trainer.epochs_seen(), 2);
  EXPECT_EQ(trainer.fit(f.loader, 1).size(), 1u);
}

TEST(Trainer, EndsTheFitWhenAnEpochThrows) {
  Fixture f;
  const auto recorder = std::make_shared<Recorder>();
  Trainer trainer(f.model, f.sgd,
                  [](const Tensor&, const Batch&) -> Tensor { throw Error("broken loss"); },
                  {.callbacks = {recorder}});
  EXPECT_ERROR(trainer.fit(f.loader, 2), "broken loss");
  EXPECT_EQ(recorder->log, "fit(1:)");
  EXPECT_ERROR(trainer.fit(f.loader, -1), "trainer: -1 epochs");
}

TEST(History, KeepsEveryEpochAndStep) {
  Fixture f;
  const auto history = std::make_shared<History>();
  Trainer(f.model, f.sgd, mse(), {.callbacks = {history}}).fit(f.loader, 3);
  EXPECT_EQ(history->epochs().size(), 3u);
  EXPECT_EQ(history->step_losses().size(), 9u);
  EXPECT_EQ(history->epochs()[2].epochs, 3);
}

TEST(EarlyStopping, StopsAfterItsPatienceAndBringsTheBestBack) {
  Fixture f;
  EarlyStopping stopping({.patience = 2});
  Trainer trainer(f.model, f.sgd, mse());
  stopping.on_fit_begin(trainer);
  Tensor weight = f.model.weight();
  const std::vector<double> losses{3.0, 2.0, 2.5, 2.1};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    weight.data()[0] = static_cast<float>(i + 1);
    EpochReport report;
    report.epoch = static_cast<std::int64_t>(i) + 1;
    report.train_loss = losses[i];
    stopping.on_epoch_end(trainer, report);
  }
  EXPECT_EQ(stopping.best_epoch(), 2);
  EXPECT_EQ(stopping.best_loss(), 2.0);
  EXPECT_EQ(weight.item(), 4.0f);
  stopping.on_fit_end(trainer);
  EXPECT_EQ(weight.item(), 2.0f);
}

TEST(EarlyStopping, EndsTrainingThatDoesNotImprove) {
  Fixture f;
  f.sgd.set_learning_rate(0.0f);
  const auto stopping = std::make_shared<EarlyStopping>(EarlyStoppingOptions{.patience = 3});
  Trainer trainer(f.model, f.sgd, mse(), {.validation = &f.loader, .callbacks = {stopping}});
  EXPECT_EQ(trainer.fit(f.loader, 100).size(), 4u);
  EXPECT_EQ(stopping->best_epoch(), 1);
  EXPECT_ERROR(EarlyStopping({.patience = 0}), "early stopping: patience 0");
}

TEST(ProgressBar, WritesOnlyLinesWhereNobodyWatches) {
  Fixture f;
  const TemporaryFile file("progress.txt");
  std::FILE* out = std::fopen(file.path().c_str(), "w");
  ASSERT_NE(out, nullptr);
  const auto bar = std::make_shared<ProgressBar>(f.loader.batches(), out);
  Trainer(f.model, f.sgd, mse(), {.validation = &f.loader, .callbacks = {bar}}).fit(f.loader, 2);
  std::fclose(out);
  const std::string text = file.read();
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_TRUE(text.starts_with("epoch 1/2  loss ")) << text;
}

TEST(EpochLine, ReadsWell) {
  EpochReport report{.epoch = 3, .epochs = 20, .train_loss = 0.21344, .seconds = 0.04};
  EXPECT_EQ(epoch_line(report), "epoch  3/20  loss 0.2134  0.04 s");
  report.validation = Evaluation{.loss = 0.1987, .accuracy = 0.958, .examples = 10};
  EXPECT_EQ(epoch_line(report),
            "epoch  3/20  loss 0.2134  validation 0.1987  accuracy 95.8 %  0.04 s");
}

TEST(Checkpoint, ContinuesExactlyWhereItWasSaved) {
  const TemporaryFile file("model.safetensors");
  const auto train = [](nn::Linear& model, optim::Adam& adam, int epochs) {
    const data::TensorDataset examples = line();
    data::DataLoader loader(examples, {.batch_size = 4});
    Trainer(model, adam, mse()).fit(loader, epochs);
  };
  Rng rng(1);
  nn::Linear whole(1, 1, rng);
  optim::Adam whole_adam(whole.parameters(), {.learning_rate = 0.05f});
  train(whole, whole_adam, 3);
  save_checkpoint(file.path(), whole, &whole_adam, {{"epochs", "3"}});
  train(whole, whole_adam, 3);

  nn::Linear resumed(1, 1, rng);
  optim::Adam resumed_adam(resumed.parameters(), {.learning_rate = 0.05f});
  const Metadata metadata = load_checkpoint(file.path(), resumed, &resumed_adam);
  train(resumed, resumed_adam, 3);
  EXPECT_EQ(metadata, (Metadata{{"epochs", "3"}}));
  EXPECT_EQ(resumed.weight().item(), whole.weight().item());
  EXPECT_EQ(resumed.bias().item(), whole.bias().item());
}

TEST(Checkpoint, TheModelAloneCanBeLoaded) {
  const TemporaryFile file("model.safetensors");
  Fixture f;
  const optim::Adam adam(f.model.parameters());
  save_checkpoint(file.path(), f.model, &adam);
  Rng rng(9);
  nn::Linear other(1, 1, rng);
  load_checkpoint(file.path(), other);
  EXPECT_EQ(other.weight().item(), f.model.weight().item());
  EXPECT_EQ(read_safetensors(file.path()).tensor("weight").shape, (Shape{1, 1}));
}

TEST(Checkpoint, WhatDoesNotFitChangesNothing) {
  const TemporaryFile file("model.safetensors");
  Fixture f;
  save_checkpoint(file.path(), f.model);
  Rng rng(9);
  nn::Linear other(2, 1, rng);
  const float before = other.bias().item();
  EXPECT_ERROR(load_checkpoint(file.path(), other),
               "model.safetensors: load_state_dict; weight has shape [1, 1]");
  EXPECT_EQ(other.bias().item(), before);
  nn::Linear same(1, 1, rng);
  const float weight = same.weight().item();
  optim::Adam adam(same.parameters());
  EXPECT_ERROR(load_checkpoint(file.path(), same, &adam),
               "optimizer: state; missing learning_rate");
  EXPECT_EQ(same.weight().item(), weight);
}

class Named : public nn::Module {
 public:
  Named(const std::string& name, std::shared_ptr<nn::Module> child) {
    register_module(name, std::move(child));
  }
  Tensor forward(const Tensor& x) override { return children()[0].second->forward(x); }
  std::string describe() const override { return "Named()"; }
};

TEST(Checkpoint, RefusesModelsThatTakeTheNamesOfTrainingState) {
  const TemporaryFile file("model.safetensors");
  Rng rng(1);
  const Named model("training", std::make_shared<nn::Linear>(1, 1, rng));
  EXPECT_ERROR(save_checkpoint(file.path(), model), "the model's tensor training.weight");
}

TEST(Checkpoint, CutOffAtEvery64thByteIsAnErrorAndChangesNothing) {
  const TemporaryFile file("model.safetensors");
  Rng rng(1);
  nn::Linear model(16, 16, rng);
  save_checkpoint(file.path(), model);
  const std::string whole = file.read();
  const float before = model.weight().at({0, 0});
  for (std::size_t length = 0; length < whole.size(); length += 64) {
    file.write(whole.substr(0, length));
    EXPECT_ERROR(load_checkpoint(file.path(), model), "model.safetensors: ");
  }
  EXPECT_EQ(model.weight().at({0, 0}), before);
}

}  // namespace
}  // namespace tinytorch::train
