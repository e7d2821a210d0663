#include "lab/qat_ablation/train_run.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "milestones/support/bits_per_byte.h"
#include "milestones/support/text_artifact.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/train/checkpoint.h"

namespace tinytorch::lab {
namespace {

using milestones::TextPlan;
using milestones::TextSplit;
using milestones::TextTraining;
using quantization::WeightQat;

TextPlan plan_of(const Settings& settings, const Run& run, std::int64_t steps) {
  TextPlan plan = settings.plan;
  plan.steps = steps;
  if (run.long_warmdown) plan.warmdown = steps;
  return plan;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Milliseconds of each step.
struct Times {
  std::vector<double> plain;
  std::vector<double> quantized;

  void put_into(RunResult& result) const {
    result.float_ms = median(plain);
    if (quantized.empty()) return;
    result.first_quantized_ms = quantized.front();
    result.quantized_ms = median({quantized.begin() + 1, quantized.end()});
  }
};

Times train(TextTraining& training, const std::string& text, std::int64_t begin, std::int64_t end,
            WeightQat* qat) {
  Times times;
  for (std::int64_t step = begin; step < end; ++step) {
    const bool quantized = qat != nullptr && qat->active();
    const double before = milestones::processor_seconds();
    training.step(text, step, qat);
    const double ms = 1e3 * (milestones::processor_seconds() - before);
    (quantized ? times.quantized : times.plain).push_back(ms);
  }
  return times;
}

Tensor some_logits(nn::Gpt& model, const TextSplit& text) {
  const autograd::NoGradGuard no_grad;
  return model.forward(
      milestones::training_batch(text.validation, 1, model.config().context_length, 0, 0).ids);
}

// Forward passes through quantized weights must be those of the model that comes back from the
// bytes, to the bit, except where that one holds halves.
void require_same_weights(const nn::Gpt& quantized, const nn::Gpt& restored,
                          const quantization::WeightQatOptions& options) {
  const auto ours = quantized.named_parameters();
  const auto theirs = restored.named_parameters();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& [name, parameter] = ours[i];
    const bool halves = parameter.ndim() == 2 && options.chosen && !options.chosen(name, parameter);
    const auto a = std::as_const(parameter).data();
    const auto b = std::as_const(theirs[i].second).data();
    if (!halves && !std::equal(a.begin(), a.end(), b.begin(), b.end())) {
      throw Error(concat("qat-ablation: ", name, " comes back from its bytes with other values ",
                         "than training saw"));
    }
  }
}

// What the trained model is and does with quantized weights, gathered while they are in place.
void examine(RunResult& result, TextTraining& training, WeightQat& qat, const Storage& storage,
             const TextSplit& text) {
  result.changed = qat.changed();
  result.clipped = qat.clipped();
  const auto options = options_of(storage);
  nn::Gpt restored(training.model().config());
  milestones::unpack_model(milestones::pack_model(training.model(), options), restored, options);
  const Tensor plain = some_logits(training.model(), text);
  qat.apply();
  require_same_weights(training.model(), restored, options);
  const Tensor quantized = some_logits(training.model(), text);
  qat.restore();
  for (std::int64_t i = 0; i < plain.numel(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double difference =
        std::abs(static_cast<double>(plain.data()[at]) - static_cast<double>(quantized.data()[at]));
    result.logit_difference = std::max(result.logit_difference, difference);
  }
}

Score score_of(const Settings& settings, nn::Gpt& model, std::string_view text) {
  if (settings.validation_bytes > 0) {
    text = text.substr(0, static_cast<std::size_t>(settings.validation_bytes));
  }
  return {milestones::text_bits_per_byte(model, text, model.config().context_length),
          milestones::text_bits_per_byte(model, text, settings.stride)};
}

void evaluate(RunResult& result, const Settings& settings, const Run& run, nn::Gpt& model,
              std::string_view text) {
  result.before = score_of(settings, model, text);
  for (const Storage& storage : run.stored) {
    const auto options = options_of(storage);
    const std::string bytes = milestones::pack_model(model, options);
    nn::Gpt restored(model.config());
    milestones::unpack_model(bytes, restored, options);
    result.stored.push_back({name_of(storage), score_of(settings, restored, text),
                             static_cast<std::int64_t>(bytes.size())});
  }
}

}  // namespace

bool shares_beginning(const Settings& settings, const Run& run, std::int64_t steps) {
  return run.start != Start::kFirst && !run.long_warmdown && !run.prefix &&
         settings.checkpoint_step() <= steps - settings.plan.warmdown;
}

RunResult train_run(const Settings& settings, const Run& run, const RunRequest& request,
                    const TextSplit& text) {
  const double before = milestones::processor_seconds();
  TextTraining training(plan_of(settings, run, request.steps), request.seed);
  const train::Parts parts{{"optimizer", &training.optimizer()}};
  std::int64_t begin = 0;
  if (!run.prefix && !request.checkpoint.empty()) {
    train::load_checkpoint(request.checkpoint, training.model(), parts);
    begin = settings.checkpoint_step();
  }
  std::optional<WeightQat> qat;
  if (run.start != Start::kNever) {
    auto options = options_of(run.stored.front());
    options.start_step = run.start == Start::kLate ? settings.late_start - begin : 0;
    qat.emplace(training.model(), options);
  }
  const std::int64_t end = run.prefix ? settings.checkpoint_step() : request.steps;
  const Times times = train(training, text.train, begin, end, qat ? &*qat : nullptr);
  RunResult result{.run = run.name, .seed = static_cast<std::int64_t>(request.seed), .steps = end};
  times.put_into(result);
  if (qat) {
    qat->require_was_on();
    examine(result, training, *qat, run.stored.front(), text);
    require_quantized(result, run.stored.front());
  }
  if (run.prefix) {
    train::save_checkpoint(request.checkpoint, training.model(), parts);
  } else {
    evaluate(result, settings, run, training.model(), text.validation);
  }
  result.seconds = milestones::processor_seconds() - before;
  return result;
}

void require_quantized(const RunResult& result, const Storage& storage) {
  const char* missing = nullptr;
  if (result.changed == 0) missing = "no weight differed from its float master";
  if (result.logit_difference == 0.0) missing = "its logits are those of the float weights";
  if (storage.rows == Rows::kQuantile && result.clipped == 0) missing = "no gradient was masked";
  if (missing == nullptr) return;
  throw Error(concat("qat-ablation: run ", result.run, ", seed ", result.seed,
                     ", was to be trained quantized, but ", missing));
}

}  // namespace tinytorch::lab
