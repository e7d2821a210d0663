#include "tinytorch/pipeline/run/run_recipe.h"

#include <algorithm>
#include <map>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/run/export_files.h"
#include "tinytorch/pipeline/run/folder.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/pipeline/run/sensitivity.h"

namespace tinytorch::pipeline {
namespace {

std::vector<Form> forms_of(Mode mode) {
  switch (mode) {
    case Mode::kDynamic:
      return {Form::kDynamic};
    case Mode::kStatic:
      return {Form::kStatic, Form::kRepaired};
    case Mode::kQat:
      return {Form::kQat};
    case Mode::kAuto:
      break;
  }
  return {Form::kDynamic, Form::kStatic, Form::kRepaired, Form::kQat};
}

double budget_of(const BudgetSpec& budget, Form form) {
  if (form == Form::kDynamic) return budget.drop_dynamic;
  return form == Form::kQat ? budget.drop_qat : budget.drop_static;
}

const char* name_of(Form form) { return kFormNames[static_cast<std::size_t>(form)]; }

class Run {
 public:
  Run(Job job) : job_(std::move(job)) {}

  void train() {
    const auto& seeds = job_.recipe.seeds;
    for (std::int64_t i = 0; i < seeds.training; ++i) {
      const std::int64_t seed = seeds.first + i;
      trained_.push_back(train_float(job_, seed));
      const TrainedFloat& one = trained_.back();
      require_counts(one.counts, job_.recipe.train.epochs, concat("fp32, seed ", seed));
      float_predictions_.push_back(predictions(*one.model, job_.data.fixture_inputs));
      if (!job_.data.fixture_targets.defined()) {
        job_.data.fixture_targets = float_predictions_.front();
      }
      const double metric = metric_of(job_.recipe.budget.metric, float_predictions_.back(),
                                      job_.data.fixture_targets);
      job_.progress.say(concat("fp32 seed ", seed, ": ", counts_text(one.counts), ", ",
                               one.parameters, " parameters, ", metric_name(), " ", metric));
    }
    result_.float_metric =
        metric_of(job_.recipe.budget.metric, float_predictions_.front(), job_.data.fixture_targets);
  }

  void quantize() {
    job_.progress.say(concat("scheme: ", scheme_text(job_.recipe)));
    if (job_.recipe.quantize.sensitivity.given) allocate();
    for (const Form form : forms_of(job_.recipe.quantize.mode)) {
      const bool decided = result_.shipped != Form::kFp32;
      if (decided && !job_.recipe.quantize.measure_all) break;
      FormVerdict verdict = judged(form);
      if (verdict.passed && !decided) result_.shipped = form;
      result_.forms.push_back(std::move(verdict));
    }
    if (job_.recipe.kind == Kind::kLm) measure_weights_alone();
    const bool none = result_.shipped == Form::kFp32;
    job_.progress.say(none ? "no form passed: the model stays fp32"
                           : concat("shipped: ", name_of(result_.shipped)));
  }

  void write_files() { export_files(job_, *trained_.front().model, shipped_, result_.shipped); }

  RunResult result() const { return result_; }

 private:
  std::string metric_name() const {
    return kMetricNames[static_cast<std::size_t>(job_.recipe.budget.metric)];
  }

  // What a transformer is usually deployed as: it reads weights more than it computes.
  void measure_weights_alone() {
    for (const int bits : {8, 4}) {
      const Deployed form = weight_only_form(job_, *trained_.front().model, bits);
      const double metric = metric_of(job_.recipe.budget.metric, fixture_predictions(job_, form),
                                      job_.data.fixture_targets);
      result_.asides.push_back({concat("weight-only int", bits), metric, form.weight_bytes});
      job_.progress.say(concat(result_.asides.back().name, ": ", metric_name(), " ", metric));
    }
  }

  // Widths by what each layer costs. In auto a model without an integer form goes on without.
  void allocate() {
    try {
      result_.sensitivity = sensitivity_of(job_, *trained_.front().model);
    } catch (const Error& error) {
      if (job_.recipe.quantize.mode != Mode::kAuto) throw;
      job_.progress.say(concat("sensitivity: ", error.what()));
    }
    for (const LayerSensitivity& layer : result_.sensitivity) {
      job_.allocated_bits[layer.path] = layer.bits;
      std::string costs;
      for (const double cost : layer.cost) costs += concat(" ", cost);
      job_.progress.say(concat("sensitivity ", layer.path, ": ", layer.weights, " weights, ",
                               layer.bits, " bits; costs", costs));
    }
  }

  // What was counted against what the recipe asks for.
  void require_counts(const PhaseCounts& counts, std::int64_t epochs,
                      const std::string& what) const {
    const std::int64_t examples = epochs * job_.data.train->size();
    if (counts.epochs == epochs && counts.examples == examples) return;
    throw std::logic_error(concat(what, ": trained ", counts.epochs, " epochs of ", counts.examples,
                                  " examples, the recipe says ", epochs, " and ", examples));
  }

  static std::string counts_text(const PhaseCounts& counts) {
    std::string text =
        concat(counts.epochs, " epochs, ", counts.examples, " examples, ", counts.steps, " steps");
    if (counts.switch_step >= 0) text += concat(", integers from step ", counts.switch_step);
    if (counts.observers_frozen_step >= 0)
      text += concat(", observers frozen at step ", counts.observers_frozen_step);
    if (counts.batch_norm_frozen_step >= 0)
      text += concat(", batch norm frozen at step ", counts.batch_norm_frozen_step);
    return text;
  }

  FormVerdict judged(Form form) {
    FormVerdict verdict{.form = form};
    try {
      const FormFigures figures = measured(form);
      verdict = verdict_on(figures);
    } catch (const Error& error) {
      if (job_.recipe.quantize.mode != Mode::kAuto) throw;
      verdict.reason = error.what();
    }
    job_.progress.say(concat(
        name_of(form), verdict.passed ? ": passed" : ": over budget",
        verdict.measured ? concat(", ", metric_name(), " ", verdict.metric, ", worst drop ",
                                  verdict.worst_drop, " of ", budget_of(job_.recipe.budget, form))
                         : std::string(),
        verdict.reason.empty() ? "" : "; ", verdict.reason));
    return verdict;
  }

  FormVerdict verdict_on(const FormFigures& figures) {
    const MetricName metric = job_.recipe.budget.metric;
    FormVerdict verdict{.form = figures.form, .measured = true};
    verdict.metric =
        metric_of(metric, figures.seeds.front().predictions, job_.data.fixture_targets);
    verdict.weight_bytes = figures.weight_bytes;
    if (figures.float_seconds_per_step > 0.0)
      verdict.step_cost = figures.train_seconds_per_step / figures.float_seconds_per_step;
    double sum = 0.0;
    bool first = true;
    for (const auto* samples : {&figures.seeds, &figures.draws}) {
      for (const Sample& sample : *samples) {
        const double drop = drop_of(metric, sample, job_.data.fixture_targets);
        verdict.worst_drop = first ? drop : std::max(verdict.worst_drop, drop);
        first = false;
        sum += drop;
      }
    }
    verdict.mean_drop = sum / static_cast<double>(figures.seeds.size() + figures.draws.size());
    const double budget = budget_of(job_.recipe.budget, figures.form);
    verdict.passed = verdict.worst_drop <= budget;
    if (!verdict.passed)
      verdict.reason = concat("a drop of ", verdict.worst_drop, " is above ", budget);
    return verdict;
  }

  FormFigures measured(Form form) {
    FormFigures figures{.form = form};
    const auto& seeds = job_.recipe.seeds;
    for (std::size_t i = 0; i < trained_.size(); ++i) {
      const std::int64_t seed = seeds.first + static_cast<std::int64_t>(i);
      const Deployed deployed = made(form, i, seed, figures);
      figures.seeds.push_back(sample_of(concat("seed ", seed), i, deployed));
      if (i > 0) continue;
      figures.weight_bytes = deployed.weight_bytes;
      shipped_.insert_or_assign(form, deployed);
    }
    const bool calibrated = form == Form::kStatic || form == Form::kRepaired;
    for (std::int64_t draw = 1; calibrated && draw < seeds.calibration; ++draw) {
      figures.draws.push_back(sample_of(concat("draw ", draw), 0,
                                        static_form(job_, *trained_.front().model, form, draw)));
    }
    return figures;
  }

  Deployed made(Form form, std::size_t i, std::int64_t seed, FormFigures& figures) {
    const TrainedFloat& base = trained_[i];
    if (form == Form::kDynamic) return dynamic_form(job_, *base.model);
    if (form != Form::kQat) return static_form(job_, *base.model, form, 0);
    const auto trained = train_integers(
        job_, *base.model, scheme_of(job_.recipe, *base.model, form, job_.allocated_bits), seed);
    require_counts(trained.counts, job_.recipe.qat.epochs, concat("qat, seed ", seed));
    job_.progress.say(concat("qat seed ", seed, ": ", counts_text(trained.counts), ", ",
                             trained.matched, " tensors matched by name"));
    if (i == 0) {
      const auto per = [](double seconds, std::int64_t steps) {
        return steps > 0 ? seconds / static_cast<double>(steps) : 0.0;
      };
      figures.train_seconds_per_step =
          per(trained.counts.integer_seconds, trained.counts.integer_steps);
      figures.float_seconds_per_step = per(base.counts.float_seconds, base.counts.float_steps);
    }
    return qat_form(trained);
  }

  Sample sample_of(const std::string& label, std::size_t i, const Deployed& deployed) {
    return {label, float_predictions_[i], fixture_predictions(job_, deployed)};
  }

  Job job_;
  std::vector<TrainedFloat> trained_;
  std::vector<Tensor> float_predictions_;
  std::map<Form, Deployed> shipped_;  // of the first seed
  RunResult result_;
};

}  // namespace

RunResult run_recipe(const std::string& recipe_file, const RunOptions& options, LastStep last) {
  Recipe recipe = read_recipe(recipe_file);
  if (options.smoke) recipe = smoke_variant(recipe);
  {
    Rng unused(0);
    const auto model = make_model(recipe, unused);
    const Mode mode = recipe.quantize.mode;
    if (last != LastStep::kTrain && (mode == Mode::kStatic || mode == Mode::kQat))
      require_integer_form(recipe, *model);
  }
  Progress progress(options.quiet);
  const auto folder = ready_folder(recipe, options);
  ModelData data = load_data(recipe);
  progress.say(concat(recipe.name, ": ", data.train->size(), " training examples, ",
                      data.fixture_groups.size(), " held out; target: ", data.target));
  Run run(Job{std::move(recipe), options.smoke, options.checkpoint_seconds, std::move(data), folder,
              progress});
  run.train();
  if (last != LastStep::kTrain) run.quantize();
  if (last == LastStep::kExport) run.write_files();
  RunResult result = run.result();
  result.folder = folder;
  return result;
}

}  // namespace tinytorch::pipeline
