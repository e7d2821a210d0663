#include "tinytorch/pipeline/run/run_recipe.h"

#include <algorithm>
#include <map>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/report/report.h"
#include "tinytorch/pipeline/run/export_files.h"
#include "tinytorch/pipeline/run/folder.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/record.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/pipeline/run/sensitivity.h"

namespace tinytorch::pipeline {
namespace {

// What the gate wants of a run that is to be believed.
constexpr std::int64_t kNeededDraws = 20;
constexpr std::int64_t kNeededSeeds = 5;

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

bool is_calibrated(Form form) { return form == Form::kStatic || form == Form::kRepaired; }

double per_step(double seconds, std::int64_t steps) {
  return steps > 0 ? seconds / static_cast<double>(steps) : 0.0;
}

std::string counts_text(const PhaseCounts& counts) {
  std::string text =
      concat(counts.epochs, " epochs, ", counts.examples, " examples, ", counts.steps, " steps");
  if (counts.switch_step >= 0) text += concat(", integers from step ", counts.switch_step);
  if (counts.observers_frozen_step >= 0)
    text += concat(", observers frozen at step ", counts.observers_frozen_step);
  if (counts.batch_norm_frozen_step >= 0)
    text += concat(", batch norm frozen at step ", counts.batch_norm_frozen_step);
  return text;
}

class Run {
 public:
  Run(Job job, const RunOptions& options)
      : job_(std::move(job)), options_(options), record_(record_of(job_)) {}

  void train() {
    const auto& seeds = job_.recipe.seeds;
    for (std::int64_t i = 0; i < seeds.training; ++i) {
      const std::int64_t seed = seeds.first + i;
      trained_.push_back(train_float(job_, seed));
      const TrainedFloat& one = trained_.back();
      require_counts(one.counts, job_.recipe.train.epochs, concat("fp32, seed ", seed));
      const Tensor floats = predictions(*one.model, job_.data.fixture_inputs);
      if (!job_.data.fixture_targets.defined()) job_.data.fixture_targets = floats;
      float_answers_.push_back(answers(job_, floats));
      say(concat("fp32 seed ", seed, ": ", counts_text(one.counts), ", ", one.parameters,
                 " parameters, ", metric_text(float_answers_.back())));
    }
    const TrainedFloat& first = trained_.front();
    record_.parameters = first.parameters;
    record_.counts["fp32 epochs"] = static_cast<double>(first.counts.epochs);
    record_.counts["fp32 samples seen"] = static_cast<double>(first.counts.examples);
    record_.counts["training seeds"] = static_cast<double>(trained_.size());
  }

  void quantize() {
    say(concat("scheme: ", record_.scheme));
    float_bytes_ = onnx_bytes(job_, first(), Deployed{.form = Form::kFp32});
    if (job_.recipe.quantize.sensitivity.given) allocate();
    for (const Form form : forms_of(job_.recipe.quantize.mode)) {
      if (shipped_ != Form::kFp32 && !job_.recipe.quantize.measure_all) break;
      judge_form(form);
    }
    if (job_.recipe.kind == Kind::kLm) measure_weights_alone();
    const bool none = shipped_ == Form::kFp32;
    record_.quant_mode = name_of(shipped_);
    say(none ? "no form passed: the model stays fp32" : concat("shipped: ", name_of(shipped_)));
    // Of what ships, or of the last network of integers that was tried.
    const Deployed* described = nullptr;
    for (const auto& [form, deployed] : made_) {
      const bool ships = described != nullptr && described->form == shipped_;
      if (deployed.net != nullptr && !ships) described = &deployed;
    }
    if (described != nullptr) describe_layers(job_, first(), *described, record_);
  }

  void write_files() {
    export_files(job_, first(), made_, shipped_);
    const std::string name = job_.recipe.name;
    record_.files.push_back(file_record(job_.folder, "fp32", name + ".onnx"));
    if (shipped_ != Form::kFp32)
      record_.files.push_back(file_record(job_.folder, "int8", name + ".int8.onnx"));
    write_report(job_.folder, record_);
  }

  RunResult result() const {
    return {record_, metric_on(job_, float_answers_.front()), job_.folder};
  }

 private:
  const nn::Module& first() const { return *trained_.front().model; }
  void say(const std::string& line) const { job_.progress.say(line); }
  std::string metric_text(const Tensor& given) const {
    return concat(kMetricNames[static_cast<std::size_t>(job_.recipe.budget.metric)], " ",
                  metric_on(job_, given));
  }

  // What was counted against what the recipe asks for.
  void require_counts(const PhaseCounts& counts, std::int64_t epochs,
                      const std::string& what) const {
    const std::int64_t examples = epochs * job_.data.train->size();
    if (counts.epochs == epochs && counts.examples == examples) return;
    throw std::logic_error(concat(what, ": trained ", counts.epochs, " epochs of ", counts.examples,
                                  " examples, the recipe says ", epochs, " and ", examples));
  }

  // Widths by what each layer costs. In auto a model without an integer form goes on without.
  void allocate() {
    try {
      for (const LayerSensitivity& layer : sensitivity_of(job_, first())) {
        job_.allocated_bits[layer.path] = layer.bits;
        std::string costs;
        for (const double cost : layer.cost) costs += concat(" ", cost);
        record_.notes.push_back(concat("sensitivity of ", layer.path, ": ", layer.weights,
                                       " weights, ", layer.bits, " bits; costs", costs));
        say(record_.notes.back());
      }
    } catch (const Error& error) {
      if (job_.recipe.quantize.mode != Mode::kAuto) throw;
      say(concat("sensitivity: ", error.what()));
    }
  }

  // What a transformer is usually deployed as: it reads weights more than it computes.
  void measure_weights_alone() {
    for (const int bits : {8, 4}) {
      const Deployed form = weight_only_form(job_, first(), bits);
      record_.notes.push_back(concat("weight-only int", bits, ": ",
                                     metric_text(answers(job_, fixture_predictions(job_, form))),
                                     ", ", form.weight_bytes, " bytes of weights"));
      say(record_.notes.back());
    }
  }

  void judge_form(Form form) {
    try {
      const FormFigures figures = measured(form);
      const GateVerdict verdict = judge(question(figures));
      ModeResult mode;
      mode.mode = name_of(form);
      mode.verdict = verdict;
      mode.train_seconds = figures.train_seconds;
      if (figures.step_cost > 0.0) {
        record_.counts["qat step / float step"] = figures.step_cost;
        mode.note = concat("a step in integers takes ", figures.step_cost, " float steps");
      }
      say(concat(name_of(form), ":\n", to_text(verdict)));
      record_.modes.push_back(std::move(mode));
      if (verdict.pass && shipped_ == Form::kFp32) shipped_ = form;
    } catch (const Error& error) {
      if (job_.recipe.quantize.mode != Mode::kAuto) throw;
      record_.notes.push_back(concat(name_of(form), " was not measured: ", error.what()));
      say(record_.notes.back());
    }
  }

  GateQuestion question(const FormFigures& figures) {
    const BudgetSpec& budget = job_.recipe.budget;
    const SeedSpec& seeds = job_.recipe.seeds;
    GateQuestion question;
    question.fixture = fixture_of(job_);
    question.metric = metric_of_recipe(budget.metric);
    question.budget = budget_of(budget, figures.form);
    question.draws = figures.draws;
    question.seeds = figures.seeds;
    // Where nothing is trained, there is one float model.
    const bool one = job_.smoke || job_.recipe.data.set == DataSetName::kFile;
    question.needed_seeds = one ? seeds.training : kNeededSeeds;
    question.needed_draws = job_.smoke ? seeds.calibration : kNeededDraws;
    if (!is_calibrated(figures.form)) question.needed_draws = 0;
    question.float_bytes = static_cast<std::int64_t>(float_bytes_.size());
    const std::string bytes = onnx_bytes(job_, first(), made_.at(figures.form));
    question.int8_bytes = static_cast<std::int64_t>(bytes.size());
    if (budget.bytes > 0) question.most_bytes = budget.bytes;
    question.most_latency_ratio = budget.latency_ratio;
    // A smoke run is no measurement: it shares its machine with whatever else CI does.
    if (job_.smoke || budget.latency_ratio == 0.0) {
      question.needed_runtimes.clear();
    } else {
      question.latency = latencies(made_.at(figures.form), bytes);
    }
    return question;
  }

  std::vector<PairedLatency> latencies(const Deployed& deployed, const std::string& bytes) {
    const Deployed floats = float_form(trained_.front().model);
    const Tensor plain = job_.data.fixture_inputs.rows(0, 1);
    const Tensor raw = job_.data.fixture_raw.rows(0, 1);
    const autograd::NoGradGuard no_grad;
    std::vector<PairedLatency> all;
    say(concat("measuring latency of ", name_of(deployed.form)));
    all.push_back(measure_paired(
        "tinytorch", [&] { (void)floats.run(plain); },
        [&] { (void)deployed.run(deployed.raw ? raw : plain); }));
    if (options_.other_runtime)
      all.push_back(options_.other_runtime(float_bytes_, bytes, raw, floats.run(plain).shape()));
    return all;
  }

  FormFigures measured(Form form) {
    FormFigures figures{.form = form};
    const auto& seeds = job_.recipe.seeds;
    for (std::size_t i = 0; i < trained_.size(); ++i) {
      const std::int64_t seed = seeds.first + static_cast<std::int64_t>(i);
      const Deployed deployed = made(form, i, seed, figures);
      figures.seeds.push_back(trial_of(concat("seed ", seed), i, deployed));
      if (i == 0) made_.insert_or_assign(form, deployed);
    }
    if (is_calibrated(form)) figures.draws.push_back(figures.seeds.front());
    for (std::int64_t draw = 1; is_calibrated(form) && draw < seeds.calibration; ++draw) {
      figures.draws.push_back(
          trial_of(concat("draw ", draw), 0, static_form(job_, first(), form, draw)));
    }
    return figures;
  }

  Deployed made(Form form, std::size_t i, std::int64_t seed, FormFigures& figures) {
    const TrainedFloat& base = trained_[i];
    if (form == Form::kDynamic) return dynamic_form(job_, *base.model);
    if (form != Form::kQat) return static_form(job_, *base.model, form, 0);
    const auto trained = train_integers(
        job_, *base.model, scheme_of(job_.recipe, *base.model, form, job_.allocated_bits), seed);
    const PhaseCounts& counts = trained.counts;
    require_counts(counts, job_.recipe.qat.epochs, concat("qat, seed ", seed));
    say(concat("qat seed ", seed, ": ", counts_text(counts), ", ", trained.matched,
               " tensors matched by name"));
    if (i == 0) {
      figures.train_seconds = counts.float_seconds + counts.integer_seconds;
      figures.step_cost = per_step(counts.integer_seconds, counts.integer_steps) /
                          per_step(base.counts.float_seconds, base.counts.float_steps);
      record_.counts["qat epochs"] = static_cast<double>(counts.epochs);
      record_.counts["qat samples seen"] = static_cast<double>(counts.examples);
      record_.counts["qat switch step"] = static_cast<double>(counts.switch_step);
      record_.counts["qat observers frozen at step"] =
          static_cast<double>(counts.observers_frozen_step);
      record_.counts["qat tensors matched"] = static_cast<double>(trained.matched);
    }
    return qat_form(trained);
  }

  Trial trial_of(const std::string& label, std::size_t i, const Deployed& deployed) {
    return {label, float_answers_[i], answers(job_, fixture_predictions(job_, deployed))};
  }

  Job job_;
  const RunOptions& options_;
  ModelResult record_;
  std::vector<TrainedFloat> trained_;
  std::vector<Tensor> float_answers_;
  std::map<Form, Deployed> made_;  // of the first seed
  Form shipped_ = Form::kFp32;
  std::string float_bytes_;
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
              progress},
          options);
  run.train();
  if (last != LastStep::kTrain) run.quantize();
  if (last == LastStep::kExport) run.write_files();
  return run.result();
}

}  // namespace tinytorch::pipeline
