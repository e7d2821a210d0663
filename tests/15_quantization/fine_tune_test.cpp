// Learner tests of part 15: a whole run, and whether it was the run that was asked for.
#include "tinytorch/quantization/qat/fine_tune.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <utility>

#include "tests/support/small_networks.h"
#include "tests/support/teach.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/train/steps.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;
using Counts = std::vector<std::int64_t>;

// What a source saw of the network when it gave a batch.
struct Glance {
  std::int64_t epoch = 0;  // calls of start_epoch() so far
  bool training = false;
  QatPhase phase = QatPhase::kCalibrate;
  bool observers_frozen = false;
  bool batch_norm_frozen = false;
};

// Gives a loader's batches and notes what it sees.
class Watched : public data::BatchSource {
 public:
  Watched(data::BatchSource& loader, const QatNetwork& net) : loader_(loader), net_(net) {}
  void start_epoch() override {
    ++epoch_;
    loader_.start_epoch();
  }
  bool next(data::Batch& batch) override {
    if (!loader_.next(batch)) return false;
    glances.push_back(
        {epoch_, net_.training(), net_.phase(), net_.observers_frozen(), net_.batch_norm_frozen()});
    return true;
  }
  std::int64_t batches() const override { return loader_.batches(); }

  std::vector<Glance> glances;

 private:
  data::BatchSource& loader_;
  const QatNetwork& net_;
  std::int64_t epoch_ = 0;
};

// An iterator in the loader's clothes: what is consumed does not come back.
class Iterator : public data::BatchSource {
 public:
  explicit Iterator(data::BatchSource& loader) : loader_(loader) { loader_.start_epoch(); }
  void start_epoch() override {}
  bool next(data::Batch& batch) override { return loader_.next(batch); }
  std::int64_t batches() const override { return loader_.batches(); }

 private:
  data::BatchSource& loader_;
};

// Promises a batch more than there is.
class Boastful : public Iterator {
 public:
  explicit Boastful(data::BatchSource& loader) : Iterator(loader), inner_(loader) {}
  void start_epoch() override { inner_.start_epoch(); }
  std::int64_t batches() const override { return inner_.batches() + 1; }

 private:
  data::BatchSource& inner_;
};

// Twenty examples in batches of 8, 8 and 4, and a network with everything that can be frozen.
struct Training {
  Rng rng{50};
  std::shared_ptr<nn::Sequential> model =
      small::sequence({small::conv(1, 3, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(3),
                       std::make_shared<nn::ReLU>(), std::make_shared<nn::Flatten>(),
                       std::make_shared<nn::Linear>(27, 3, rng)});
  data::TensorDataset examples{Tensor::randn(Shape{20, 1, 3, 3}, rng),
                               {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}};
  data::DataLoader loader{examples, {.batch_size = 8}};
  std::shared_ptr<QatNetwork> net = prepare_network(*model, {.weight_bits = 4});
  optim::SGD sgd{net->parameters(), {.learning_rate = 0.05f}};
  Watched watched{loader, *net};

  FineTuneRecord tune(const FineTunePlan& plan) {
    return fine_tune(*model, *net, sgd, watched, plan);
  }
};

// The record of a run that must not be refused; an Error is reported with `says`.
std::optional<FineTuneRecord> record_of(Training& run, const FineTunePlan& plan,
                                        const std::string& says,
                                        const teach::Location& where = teach::Location::current()) {
  std::optional<FineTuneRecord> record;
  try {
    record = run.tune(plan);
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    teach::report(where, "it threw \"" + std::string(error.what()) + "\"\n" + says);
  }
  return record;
}

TEST(FineTune, EveryEpochSeesEveryBatch) {
  Training run;
  const auto record =
      record_of(run, {.epochs = 3},
                "Epoch 2 saw 0 batches: start_epoch() was called before the epochs instead of in "
                "each. That is iter(loader) handed to a trainer: \"10 epochs\" that were one.");
  if (!record) return;
  Counts seen;
  Counts counted;
  for (const EpochSeen& epoch : record->epochs) {
    counted.push_back(epoch.batches);
    counted.push_back(epoch.examples);
  }
  for (const Glance& glance : run.watched.glances) seen.push_back(glance.epoch);
  expect_same<std::int64_t>("epoch of each batch", seen, {1, 1, 1, 2, 2, 2, 3, 3, 3});
  expect_same<std::int64_t>(
      "batches and examples of each epoch", counted, {3, 20, 3, 20, 3, 20},
      {{{3, 24, 3, 24, 3, 24}, "The last batch has 4 examples, not 8: add up batch.size()."},
       {{3, 20, 6, 40, 9, 60}, "Counts went on from the epoch before: each begins at 0."}});
}

TEST(FineTune, AnIteratorIsRefused) {
  Training run;
  Iterator consumed(run.loader);
  expect_error([&] { (void)fine_tune(*run.model, *run.net, run.sgd, consumed, {.epochs = 3}); },
               "epoch 2 saw 0 batches",
               "A source that cannot begin again gave its 3 batches once; three epochs were asked "
               "for, one was trained, and nobody was told. Count, and require_whole_epoch().");
}

TEST(FineTune, FewerBatchesThanPromisedAreRefused) {
  Training run;
  Boastful boastful(run.loader);
  expect_error([&] { (void)fine_tune(*run.model, *run.net, run.sgd, boastful, {.epochs = 2}); },
               "epoch 1 saw 3 batches",
               "The source says 4 batches an epoch and gave 3: some of the data is missing.");
}

TEST(FineTune, SwitchesAndFreezesWhenThePlanSays) {
  Training run;
  const auto record = record_of(
      run,
      {.epochs = 5, .quantize_from = 3, .freeze_observers_from = 4, .freeze_batch_norm_from = 5},
      "Every step of this plan was possible.");
  if (!record) return;
  Counts quantized;
  Counts observers;
  Counts norm;
  for (std::size_t i = 0; i < run.watched.glances.size(); i += 3) {
    const Glance& glance = run.watched.glances[i];
    if (!glance.training) {
      teach::report(teach::Location::current(),
                    "The network is in eval mode while it trains: no batch statistics, and no "
                    "observer watches. net.train() puts it into training mode.");
      return;
    }
    quantized.push_back(glance.phase == QatPhase::kQuantize);
    observers.push_back(glance.observers_frozen);
    norm.push_back(glance.batch_norm_frozen);
  }
  expect_same<std::int64_t>(
      "epoch runs in integers", quantized, {0, 0, 1, 1, 1},
      {{{0, 0, 0, 0, 0}, "set_phase(kQuantize) was never called: all of it was float training."},
       {{0, 0, 0, 1, 1}, "One epoch late: epochs count from 1, and quantize_from is quantized."},
       {{1, 1, 1, 1, 1}, "The epochs before quantize_from train in float."}});
  expect_same<std::int64_t>("observers frozen", observers, {0, 0, 0, 1, 1},
                            {{{0, 0, 0, 0, 1}, "That is freeze_batch_norm_from's epoch."},
                             {{0, 0, 0, 0, 0}, "freeze_observers() was not called."}});
  expect_same<std::int64_t>("batch norm frozen", norm, {0, 0, 0, 0, 1},
                            {{{0, 0, 0, 1, 1}, "That is freeze_observers_from's epoch."},
                             {{0, 0, 0, 0, 0}, "freeze_batch_norm() was not called."}});
  expect_value<std::int64_t>(
      "switch_step", record->switch_step, 6,
      {{3, "That is the epoch; the steps before it are two epochs of three batches."},
       {7, "Steps taken before the first quantized one: 6, so its number, from 0, is 6."},
       {kNever, "switch_step was not recorded."}});
  for (std::size_t i = 0; i < record->epochs.size(); ++i) {
    EXPECT_EQ(record->epochs[i].phase == QatPhase::kQuantize, i >= 2)
        << "the record of epoch " << i + 1 << " has another phase than its steps had";
  }
}

TEST(FineTune, AStepIsTrainStep) {
  // The same three epochs by train::train_epoch, phases set by hand.
  Training run;
  Training again;
  const auto record = record_of(run, {.epochs = 3}, "Three ordinary epochs.");
  if (!record) return;
  const train::TrainSetup setup{*again.net, again.sgd, train::cross_entropy()};
  std::vector<double> losses;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    again.net->set_phase(epoch < 2 ? QatPhase::kCalibrate : QatPhase::kQuantize);
    losses.push_back(train::train_epoch(setup, again.loader).loss);
  }
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(record->epochs[i].loss, losses[i], 1e-9)
        << "the loss of epoch " << i + 1
        << " is a mean over examples: the last batch has half as many as the others";
  }
  const auto got = run.net->parameters();
  const auto expected = again.net->parameters();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto values = std::as_const(expected[i]).data();
    expect_same<float>("parameter " + std::to_string(i), std::as_const(got[i]).data(),
                       {values.begin(), values.end()});
  }
}

TEST(FineTune, MeasuresHowFarIntegersAreFromFloats) {
  Training run;
  const auto record = record_of(run, {.epochs = 2}, "Two ordinary epochs.");
  if (!record) return;
  EXPECT_FALSE(run.net->training()) << "the network is left in eval mode";
  EXPECT_FALSE(run.model->training()) << "the float model is left in eval mode";
  const autograd::NoGradGuard no_grad;
  const Tensor x = run.examples.inputs().rows(16, 20);  // the last batch
  const Tensor integers = run.net->forward(x);
  const Tensor floats = run.model->forward(x);
  float largest = 0.0f;
  for (std::size_t i = 0; i < 12; ++i) {
    largest = std::fmax(largest, std::fabs(integers.data()[i] - floats.data()[i]));
  }
  expect_value(
      "difference", record->difference, largest,
      {{0.0f, "The difference was not measured, or one network was compared with itself."}});
}

TEST(FineTune, RefusesARunThatChangedNothing) {
  // Inputs and biases of 0: whatever rounds, rounds nothing, and there is no proof that it does.
  Rng rng(1);
  const auto linear = std::make_shared<nn::Linear>(2, 1, rng);
  Tensor bias = linear->bias();
  bias.data()[0] = 0.0f;
  nn::Sequential silent({linear});
  const auto net = prepare_network(silent, {});
  const data::TensorDataset zeros(Tensor(Shape{4, 2}), Tensor(Shape{4, 1}));
  data::DataLoader loader(zeros, {.batch_size = 2});
  optim::SGD sgd(net->parameters(), {.learning_rate = 0.1f});
  expect_error(
      [&] { (void)fine_tune(silent, *net, sgd, loader, {.epochs = 2, .loss = train::mse()}); },
      "not on",
      "Integers and floats gave the same answers: nothing shows that training was quantized, and "
      "a flag that never arrived looks just like this: require_quantized() the difference.");
}

TEST(FineTune, ThePlanMustBePossible) {
  Training possible;
  (void)possible.tune({.epochs = 1, .quantize_from = 1});
  Training run;
  expect_error([&] { (void)run.tune({.epochs = 3, .quantize_from = 4}); }, "from 1 to 3, got 4",
               "Given: three epochs, and the fourth would be the first quantized one.");
  const auto waiting = prepare_network(*run.model, {.quantize_after_step = 100});
  expect_error(
      [&] { (void)fine_tune(*run.model, *waiting, run.sgd, run.loader, {.epochs = 3}); },
      "quantize_after_step",
      "Given: the network would go on in float for 100 steps, whatever the plan says; in eval mode "
      "it would not, so the difference at the end would prove nothing.");
  EXPECT_TRUE(run.watched.glances.empty()) << "a plan is refused before anything is trained";
}

}  // namespace
}  // namespace tinytorch::quantization
