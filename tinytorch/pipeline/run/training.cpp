// Both phases of training.

#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/nn/transfer_weights.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/pipeline/data/augment.h"
#include "tinytorch/pipeline/run/job.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::int64_t kBatch = 64;  // of predictions

// What is drawn in a run: every stream has a seed of its own.
enum class Stream : std::uint64_t { kWeights, kOrder, kMoves, kQatOrder, kQatMoves, kLayers };

std::uint64_t seed_of(std::int64_t run, Stream stream) {
  return static_cast<std::uint64_t>(run) * 16 + static_cast<std::uint64_t>(stream) + 1;
}

// Of a language model the rows are positions: [N, T, V] → [N·T, V].
Tensor by_position(const Tensor& output) {
  return output.ndim() == 3 ? ops::reshape(output, {-1, output.size(2)}) : output;
}

train::Loss loss_of(Loss loss) {
  if (loss == Loss::kMse) return train::mse();
  if (loss == Loss::kL1) return train::l1();
  return [](const Tensor& output, const data::Batch& batch) {
    return losses::cross_entropy(by_position(output), batch.labels);
  };
}

std::unique_ptr<optim::Optimizer> optimizer_of(const TrainSpec& train,
                                               const std::vector<Tensor>& parameters, double rate) {
  const auto learning_rate = static_cast<float>(rate);
  const auto decay = static_cast<float>(train.weight_decay);
  const optim::AdamOptions adam{.learning_rate = learning_rate, .weight_decay = decay};
  if (train.optimizer == Optimizer::kAdam) return std::make_unique<optim::Adam>(parameters, adam);
  if (train.optimizer == Optimizer::kAdamW) return std::make_unique<optim::AdamW>(parameters, adam);
  return std::make_unique<optim::SGD>(
      parameters,
      optim::SGDOptions{.learning_rate = learning_rate, .momentum = 0.9f, .weight_decay = decay});
}

optim::Schedule schedule_of(const TrainSpec& train, double rate, std::int64_t steps) {
  if (train.schedule == Schedule::kConstant) return {};
  const optim::CosineOptions cosine{.peak = static_cast<float>(rate),
                                    .floor = static_cast<float>(rate) * 0.01f,
                                    .warmup_steps = steps / 50,
                                    .total_steps = steps};
  return [cosine](std::int64_t step) { return optim::cosine_with_warmup(step, cosine); };
}

std::vector<Augmentation> moves_of(const Recipe& recipe) {
  std::vector<Augmentation> moves;
  for (const std::size_t i : recipe.data.augment) moves.push_back(static_cast<Augmentation>(i));
  return moves;
}

// Of a phase: who moves the weights, and what data comes in which order.
struct Equipment {
  Equipment(const Job& job, const std::vector<Tensor>& parameters, double rate,
            std::uint64_t order_seed, std::uint64_t moves_seed)
      : optimizer(optimizer_of(job.recipe.train, parameters, rate)),
        loader(*job.data.train,
               {.batch_size = job.recipe.train.batch_size, .shuffle = true, .seed = order_seed}),
        source(loader, moves_of(job.recipe), moves_seed) {}

  std::unique_ptr<optim::Optimizer> optimizer;
  data::DataLoader loader;
  AugmentedSource source;
};

PhasePlan plan_of(const Job& job, const std::string& kind, std::int64_t seed, std::int64_t epochs,
                  double rate, std::int64_t batches) {
  PhasePlan plan;
  plan.title = concat(kind, ", seed ", seed);
  plan.epochs = epochs;
  plan.schedule = schedule_of(job.recipe.train, rate, epochs * batches);
  plan.clip_norm = static_cast<float>(job.recipe.train.clip_norm);
  plan.loss = loss_of(job.recipe.train.loss);
  plan.recipe = job.variant();
  plan.only_finished = job.only_finished;
  return plan;
}

}  // namespace

TrainedFloat train_float(const Job& job, std::int64_t seed) {
  const TrainSpec& train = job.recipe.train;
  manual_seed(seed_of(seed, Stream::kLayers));
  Rng weights(seed_of(seed, Stream::kWeights));
  TrainedFloat trained{.model = make_model(job.recipe, weights)};
  Equipment equipment(job, trained.model->parameters(), train.learning_rate,
                      seed_of(seed, Stream::kOrder), seed_of(seed, Stream::kMoves));
  const PhasePlan plan =
      plan_of(job, "fp32", seed, train.epochs, train.learning_rate, equipment.source.batches());
  trained.counts = run_phase(
      *trained.model, nullptr, *equipment.optimizer, equipment.source, plan,
      {job.state(concat("fp32-", seed, ".safetensors")), job.checkpoint_seconds}, job.progress);
  trained.model->eval();
  for (const Tensor& parameter : trained.model->parameters())
    trained.parameters += parameter.numel();
  return trained;
}

TrainedIntegers train_integers(const Job& job, const nn::Module& trained,
                               const quantization::QConfig& config, std::int64_t seed) {
  const QatSpec& qat = job.recipe.qat;
  manual_seed(seed_of(seed, Stream::kLayers));
  Rng weights(seed_of(seed, Stream::kWeights));
  TrainedIntegers result{.model = make_model(job.recipe, weights)};
  const auto state = trained.state_dict();
  nn::transfer_weights(state, result.model->state_dict());
  result.matched = static_cast<std::int64_t>(state.size());
  result.net = quantization::prepare_network(*result.model, config);
  const double rate = job.recipe.train.learning_rate * qat.learning_rate_factor;
  Equipment equipment(job, result.net->parameters(), rate, seed_of(seed, Stream::kQatOrder),
                      seed_of(seed, Stream::kQatMoves));
  PhasePlan plan = plan_of(job, "qat", seed, qat.epochs, rate, equipment.source.batches());
  plan.quantize_from = qat.quantize_from;
  plan.freeze_observers_from = qat.freeze_observers_from;
  plan.freeze_batch_norm_from = qat.freeze_batch_norm_from;
  result.counts = run_phase(
      *result.net, result.net.get(), *equipment.optimizer, equipment.source, plan,
      {job.state(concat("qat-", seed, ".safetensors")), job.checkpoint_seconds}, job.progress);
  result.net->eval();
  return result;
}

Tensor predictions(const std::function<Tensor(const Tensor&)>& model, const Tensor& inputs) {
  const autograd::NoGradGuard no_grad;
  std::vector<float> values;
  std::vector<std::int64_t> sizes;
  for (std::int64_t begin = 0; begin < inputs.size(0); begin += kBatch) {
    const Tensor answer = model(inputs.rows(begin, std::min(begin + kBatch, inputs.size(0))));
    sizes = answer.shape().sizes();
    const auto part = answer.data();
    values.insert(values.end(), part.begin(), part.end());
  }
  sizes.front() = inputs.size(0);
  return {Shape(sizes), std::move(values)};
}

Tensor predictions(nn::Module& model, const Tensor& inputs) {
  const nn::ModeGuard eval(model, false);
  return predictions([&](const Tensor& x) { return model.forward(x); }, inputs);
}

}  // namespace tinytorch::pipeline
