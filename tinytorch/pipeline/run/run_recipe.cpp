#include "tinytorch/pipeline/run/run_recipe.h"

#include <algorithm>
#include <map>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/pipeline/gate/onnxruntime_latency.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/report/report.h"
#include "tinytorch/pipeline/run/export_files.h"
#include "tinytorch/pipeline/run/folder.h"
#include "tinytorch/pipeline/run/folds.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/interrupt.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/record.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/pipeline/run/sensitivity.h"

namespace tinytorch::pipeline {
namespace {

double per_step(double seconds, std::int64_t steps) {
  return steps > 0 ? seconds / static_cast<double>(steps) : 0.0;
}

class Run {
 public:
  Run(Job job, const RunOptions& options)
      : folds_(std::move(job)), options_(options), record_(record_of(folds_.job())) {}

  void train() {
    const auto& seeds = job().recipe.seeds;
    for (std::int64_t i = 0; i < seeds.training; ++i) {
      const std::int64_t seed = seeds.first + i;
      folds_.train(seed);
      const TrainedFloat& one = folds_.trained(static_cast<std::size_t>(i));
      require_counts(one.counts, job(), job().recipe.train.epochs, concat("fp32, seed ", seed));
      say(concat("fp32 seed ", seed, ": ", to_text(one.counts), ", ", one.parameters,
                 " parameters, ", metric_text(folds_.float_metric(static_cast<std::size_t>(i)))));
    }
    const TrainedFloat& one = folds_.trained(0);
    record_.parameters = one.parameters;
    record_.counts["fp32 epochs"] = static_cast<double>(one.counts.epochs);
    record_.counts["fp32 samples seen"] = static_cast<double>(one.counts.examples);
    record_.counts["training seeds"] = static_cast<double>(folds_.seeds());
    if (folds_.count() > 1) record_.counts["folds"] = static_cast<double>(folds_.count());
  }

  void quantize() {
    say(concat("scheme: ", record_.scheme));
    float_bytes_ = onnx_bytes(job(), first(), Deployed{.form = Form::kFp32});
    if (job().recipe.quantize.sensitivity.given) allocate();
    const bool all = job().recipe.quantize.measure_all;
    const std::vector<Form> may_ship = forms_of(job().recipe.quantize.mode);
    for (const Form form : all ? forms_of(Mode::kAuto) : may_ship) {
      if (shipped_ != Form::kFp32 && !all) break;
      judge_form(form, std::find(may_ship.begin(), may_ship.end(), form) != may_ship.end());
    }
    if (job().recipe.kind == Kind::kLm) measure_weights_alone();
    const bool none = shipped_ == Form::kFp32;
    record_.quant_mode = name_of(shipped_);
    if (shipped_ == Form::kDynamic) {  // ranges are found at every call
      record_.scheme = scheme_text(job().recipe, shipped_);
      record_.calibration_set.clear();
      record_.calibration_sha256.clear();
    }
    say(none ? "no form passed: the model stays fp32" : concat("shipped: ", name_of(shipped_)));
    // Of what ships, or of the last network of integers that was tried.
    const Deployed* described = nullptr;
    for (const auto& [form, deployed] : made_) {
      const bool ships = described != nullptr && described->form == shipped_;
      if (deployed.net != nullptr && !ships) described = &deployed;
    }
    if (described != nullptr) describe_layers(job(), first(), *described, record_);
  }

  void write_files() {
    export_files(job(), first(), made_, shipped_);
    const std::string name = job().recipe.name;
    record_.files.push_back(file_record(job().folder, "fp32", name + ".onnx"));
    if (shipped_ != Form::kFp32)
      record_.files.push_back(file_record(job().folder, "int8", name + ".int8.onnx"));
    write_report(job().folder, record_);
  }

  RunResult result() const { return {record_, folds_.float_metric(0), job().folder}; }

 private:
  const Job& job() const { return folds_.job(); }
  const nn::Module& first() const { return *folds_.trained(0).model; }
  void say(const std::string& line) const { job().progress.say(line); }
  std::string metric_text(double value) const {
    return concat(kMetricNames[static_cast<std::size_t>(job().recipe.budget.metric)], " ",
                  figure(value));
  }

  // What was counted against what the recipe asks for.
  void require_counts(const PhaseCounts& counts, const Job& of, std::int64_t epochs,
                      const std::string& what) const {
    const std::int64_t examples = epochs * of.data.train->size();
    if (counts.epochs == epochs && counts.examples == examples) return;
    throw std::logic_error(concat(what, ": trained ", counts.epochs, " epochs of ", counts.examples,
                                  " examples, the recipe says ", epochs, " and ", examples));
  }

  // Widths by what each layer costs. In auto a model without an integer form goes on without.
  void allocate() {
    try {
      std::map<std::string, int> bits;
      for (const LayerSensitivity& layer : sensitivity_of(job(), first())) {
        bits[layer.path] = layer.bits;
        record_.notes.push_back(to_text(layer));
        say(record_.notes.back());
      }
      folds_.set_allocated_bits(bits);
    } catch (const Error& error) {
      if (job().recipe.quantize.mode != Mode::kAuto) throw;
      say(concat("sensitivity: ", error.what()));
    }
  }

  // What a transformer is usually deployed as: it reads weights more than it computes.
  void measure_weights_alone() {
    for (const int bits : {8, 4}) {
      const Deployed form = weight_only_form(job(), first(), bits);
      record_.notes.push_back(
          concat("weight-only int", bits, ": ",
                 metric_text(metric_on(job(), answers(job(), fixture_predictions(job(), form)))),
                 ", ", form.weight_bytes, " bytes of weights"));
      say(record_.notes.back());
    }
  }

  void judge_form(Form form, bool may_ship) {
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
      if (verdict.pass && may_ship && shipped_ == Form::kFp32) shipped_ = form;
    } catch (const Error& error) {
      if (may_ship && job().recipe.quantize.mode != Mode::kAuto) throw;
      record_.notes.push_back(concat(name_of(form), " was not measured: ", error.what()));
      say(record_.notes.back());
    }
  }

  GateQuestion question(const FormFigures& figures) {
    const std::string bytes = onnx_bytes(job(), first(), made_.at(figures.form));
    GateQuestion question = question_of(job(), figures, folds_.fixture());
    question.float_bytes = static_cast<std::int64_t>(float_bytes_.size());
    question.int8_bytes = static_cast<std::int64_t>(bytes.size());
    if (!question.needed_runtimes.empty()) {
      say(concat("measuring latency of ", name_of(figures.form)));
      question.latency = latencies(made_.at(figures.form), bytes);
    }
    return question;
  }

  std::vector<PairedLatency> latencies(const Deployed& deployed, const std::string& bytes) {
    const Deployed floats = float_form(folds_.trained(0).model);
    const Tensor plain = job().data.fixture_inputs.rows(0, 1);
    const Tensor raw = job().data.fixture_raw.rows(0, 1);
    const autograd::NoGradGuard no_grad;
    std::vector<PairedLatency> all;
    all.push_back(measure_paired(
        "tinytorch", [&] { (void)floats.run(plain); },
        [&] { (void)deployed.run(deployed.raw ? raw : plain); }));
    if (!options_.in_onnxruntime) return all;
    try {
      all.push_back(onnxruntime_latency(float_bytes_, bytes, raw, floats.run(plain).shape()));
    } catch (const Error& error) {  // the gate says that it was not measured there
      say(concat("latency in onnxruntime: ", error.what()));
    }
    return all;
  }

  FormFigures measured(Form form) {
    FormFigures figures{.form = form};
    const auto& seeds = job().recipe.seeds;
    const std::int64_t draws = is_calibrated(form) ? seeds.calibration : 0;
    const std::int64_t trials =
        static_cast<std::int64_t>(folds_.seeds()) + std::max<std::int64_t>(draws - 1, 0);
    std::int64_t done = 0;
    const auto count = [&](const std::string& what) {
      stop_if_interrupted(concat("measuring ", name_of(form)));
      if (form != Form::kQat) job().progress.begin_part(name_of(form), done, trials, what);
      ++done;
    };
    for (std::size_t i = 0; i < folds_.seeds(); ++i) {
      const std::int64_t seed = seeds.first + static_cast<std::int64_t>(i);
      count(concat("seed ", seed));
      Deployed deployed;
      figures.seeds.push_back(folds_.trial(
          concat("seed ", seed), i,
          [&](const Job& of, const TrainedFloat& base) {
            return made(form, of, base, seed, figures);
          },
          &deployed));
      if (i == 0) made_.insert_or_assign(form, deployed);
    }
    if (is_calibrated(form)) figures.draws.push_back(figures.seeds.front());
    for (std::int64_t draw = 1; draw < draws; ++draw) {
      count(concat("draw ", draw));
      figures.draws.push_back(
          folds_.trial(concat("draw ", draw), 0, [&](const Job& of, const TrainedFloat& base) {
            return static_form(of, *base.model, form, draw);
          }));
    }
    return figures;
  }

  Deployed made(Form form, const Job& of, const TrainedFloat& base, std::int64_t seed,
                FormFigures& figures) {
    if (form == Form::kDynamic) return dynamic_form(of, *base.model);
    if (form != Form::kQat) return static_form(of, *base.model, form, 0);
    const auto trained = train_integers(
        of, *base.model, scheme_of(of.recipe, *base.model, form, of.allocated_bits), seed);
    require_counts(trained.counts, of, of.recipe.qat.epochs, concat("qat, seed ", seed));
    if (&of == &job()) record_training(trained, base, seed, figures);
    return qat_form(trained);
  }

  void record_training(const TrainedIntegers& trained, const TrainedFloat& base, std::int64_t seed,
                       FormFigures& figures) {
    const PhaseCounts& counts = trained.counts;
    say(concat("qat seed ", seed, ": ", to_text(counts), ", ", trained.matched,
               " tensors matched by name"));
    if (seed != job().recipe.seeds.first) return;
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

  Folds folds_;
  const RunOptions& options_;
  ModelResult record_;
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
    (void)excluded_layers(recipe, *model);
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
