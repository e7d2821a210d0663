#include "tinytorch/pipeline/run/phase.h"

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/run/interrupt.h"
#include "tinytorch/train/checkpoint.h"
#include "tinytorch/train/steps.h"

namespace tinytorch::pipeline {
namespace {

using Clock = std::chrono::steady_clock;
using quantization::QatNetwork;
using quantization::QatPhase;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Phase {
 public:
  Phase(nn::Module& model, QatNetwork* net, optim::Optimizer& optimizer, data::BatchSource& source,
        const PhasePlan& plan, const Checkpoint& checkpoint)
      : model_(model),
        net_(net),
        optimizer_(optimizer),
        source_(source),
        plan_(plan),
        checkpoint_(checkpoint),
        parts_{{"optimizer", &optimizer}, {"source", &source}, {"phase", &counts_}} {}

  void load() {
    if (!std::filesystem::exists(checkpoint_.file)) return;
    const auto metadata = train::load_checkpoint(checkpoint_.file.string(), model_, parts_);
    for (const auto& [key, value] : metadata) {
      if (key == "recipe" && value != plan_.recipe) {
        throw Error(concat(checkpoint_.file.string(),
                           ": the checkpoint belongs to another recipe; run without --resume"));
      }
    }
  }

  PhaseCounts run(Progress& progress) {
    if (plan_.only_finished && counts_.epochs < plan_.epochs) {
      const std::string file = checkpoint_.file.string();
      throw Error(std::filesystem::exists(checkpoint_.file)
                      ? concat(file, " stands at epoch ", counts_.epochs, " of ", plan_.epochs)
                      : file + " is missing");
    }
    const std::int64_t whole = plan_.epochs * source_.batches();
    progress.begin(plan_.title, counts_.steps, whole);
    if (counts_.epochs < plan_.epochs) model_.enter_training();
    while (counts_.epochs < plan_.epochs) {
      if (!counts_.in_epoch) begin_epoch();
      data::Batch batch;
      while (source_.next(batch)) {
        step(batch);
        progress.advance(counts_.steps, concat("epoch ", counts_.epochs + 1, "/", plan_.epochs));
        save_if_due();
      }
      end_epoch();
      save();
    }
    if (net_ != nullptr && counts_.integer_steps == 0)
      throw Error(concat(plan_.title, ": no step was taken in integers"));
    return counts_;
  }

 private:
  void begin_epoch() {
    const std::int64_t epoch = counts_.epochs + 1;
    if (net_ != nullptr) {
      if (epoch == 1) net_->set_phase(QatPhase::kCalibrate);
      if (epoch == plan_.quantize_from) {
        net_->set_phase(QatPhase::kQuantize);
        counts_.switch_step = counts_.steps;
      }
      if (epoch == plan_.freeze_observers_from) {
        net_->freeze_observers();
        counts_.observers_frozen_step = counts_.steps;
      }
      if (epoch == plan_.freeze_batch_norm_from) {
        net_->freeze_batch_norm();
        counts_.batch_norm_frozen_step = counts_.steps;
      }
    }
    model_.enter_training();
    source_.start_epoch();
    counts_.in_epoch = true;
    counts_.batches = 0;
    counts_.epoch_examples = 0;
    counts_.loss_sum = 0.0;
  }

  void step(const data::Batch& batch) {
    if (plan_.schedule) optimizer_.set_learning_rate(plan_.schedule(counts_.steps));
    const bool integers = net_ != nullptr && net_->phase() == QatPhase::kQuantize;
    const auto start = Clock::now();
    const double loss = train::train_step({model_, optimizer_, plan_.loss, plan_.clip_norm}, batch);
    (integers ? counts_.integer_seconds : counts_.float_seconds) += seconds_since(start);
    ++(integers ? counts_.integer_steps : counts_.float_steps);
    counts_.loss_sum += loss * static_cast<double>(batch.size());
    counts_.epoch_examples += batch.size();
    counts_.examples += batch.size();
    ++counts_.batches;
    ++counts_.steps;
  }

  void end_epoch() {
    if (counts_.batches == 0 || counts_.batches != source_.batches()) {
      throw Error(concat(plan_.title, ": epoch ", counts_.epochs + 1, " saw ", counts_.batches,
                         " batches, expected ", source_.batches(),
                         "; a source must begin again at start_epoch()"));
    }
    counts_.losses.push_back(counts_.loss_sum / static_cast<double>(counts_.epoch_examples));
    counts_.in_epoch = false;
    ++counts_.epochs;
  }

  void save() {
    train::save_checkpoint(checkpoint_.file.string(), model_, parts_, {{"recipe", plan_.recipe}});
    saved_ = Clock::now();
  }

  void save_if_due() {
    const int signal = interrupt_signal();
    if (signal == 0 && seconds_since(saved_) < checkpoint_.every_seconds) return;
    save();
    if (signal != 0) {
      throw Interrupted(signal, concat("stopped at step ", counts_.steps, " of ", plan_.title,
                                       "; --resume goes on from there"));
    }
  }

  nn::Module& model_;
  QatNetwork* net_;
  optim::Optimizer& optimizer_;
  data::BatchSource& source_;
  const PhasePlan& plan_;
  const Checkpoint& checkpoint_;
  PhaseCounts counts_;
  train::Parts parts_;
  Clock::time_point saved_ = Clock::now();
};

}  // namespace

PhaseCounts run_phase(nn::Module& model, QatNetwork* net, optim::Optimizer& optimizer,
                      data::BatchSource& source, const PhasePlan& plan,
                      const Checkpoint& checkpoint, Progress& progress) {
  Phase phase(model, net, optimizer, source, plan, checkpoint);
  phase.load();
  return phase.run(progress);
}

}  // namespace tinytorch::pipeline
