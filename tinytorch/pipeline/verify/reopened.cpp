#include "tinytorch/pipeline/verify/reopened.h"

#include <map>
#include <type_traits>

#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/gate/onnxruntime_latency.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/run/folder.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/pipeline/run/sensitivity.h"

namespace tinytorch::pipeline {

namespace fs = std::filesystem;

namespace {

Recipe recipe_of(const std::string& file, bool smoke) {
  Recipe recipe = read_recipe(file);
  return smoke ? smoke_variant(recipe) : recipe;
}

std::string command_of(const std::string& recipe_file, const RunOptions& options) {
  return concat("tito model run ", recipe_file, options.smoke ? " --smoke" : "",
                options.folder.empty() ? "" : " --out " + options.folder.string());
}

}  // namespace

struct Reopened::Impl {
  Impl(const std::string& recipe_file, const RunOptions& options)
      : progress(options.quiet), job{open(recipe_file, options, progress)} {
    command = command_of(recipe_file, options);
    trained = finished([&] { return train_float(job, job.recipe.seeds.first); });
    deployed.emplace(Form::kFp32, float_form(with_scaler(job, *trained.model)));
    deployed.at(Form::kFp32).raw = true;
  }

  static Job open(const std::string& recipe_file, const RunOptions& options, Progress& progress) {
    Recipe recipe = recipe_of(recipe_file, options.smoke);
    const fs::path folder = folder_of(recipe, options);
    if (!fs::exists(folder / (recipe.name + ".onnx"))) {
      throw Error(concat(folder.string(),
                         " holds no finished run; type: ", command_of(recipe_file, options)));
    }
    ModelData data = load_data(recipe);
    return {.recipe = std::move(recipe),
            .smoke = options.smoke,
            .checkpoint_seconds = options.checkpoint_seconds,
            .data = std::move(data),
            .folder = folder,
            .progress = progress,
            .only_finished = true};
  }

  // A checkpoint of this recipe to its end, or an Error with the command that makes it.
  template <typename Load>
  std::invoke_result_t<Load> finished(const Load& load) const {
    try {
      return load();
    } catch (const Error& error) {
      throw Error(concat(error.what(), "; nothing is trained here, type: ", command));
    }
  }

  Deployed make(Form form) {
    if (form == Form::kDynamic) return dynamic_form(job, *trained.model);
    if (job.recipe.quantize.sensitivity.given && job.allocated_bits.empty()) {
      for (const LayerSensitivity& layer : sensitivity_of(job, *trained.model))
        job.allocated_bits[layer.path] = layer.bits;
    }
    if (form != Form::kQat) return static_form(job, *trained.model, form, 0);
    return finished([&] {
      return qat_form(train_integers(
          job, *trained.model, scheme_of(job.recipe, *trained.model, form, job.allocated_bits),
          job.recipe.seeds.first));
    });
  }

  Progress progress;
  Job job;
  std::string command;
  TrainedFloat trained;
  std::map<Form, Deployed> deployed;
};

Reopened::Reopened(const std::string& recipe_file, const RunOptions& options)
    : impl_(std::make_unique<Impl>(recipe_file, options)) {}
Reopened::~Reopened() = default;

const Job& Reopened::job() const { return impl_->job; }

fs::path Reopened::file(Form form) const {
  if (form == Form::kFp32) return impl_->job.folder / (impl_->job.recipe.name + ".onnx");
  return impl_->job.folder / "forms" / concat(name_of(form), ".onnx");
}

std::vector<Form> Reopened::forms() const {
  std::vector<Form> found;
  for (const Form form : {Form::kDynamic, Form::kStatic, Form::kRepaired, Form::kQat}) {
    if (fs::exists(file(form))) found.push_back(form);
  }
  return found;
}

const Deployed& Reopened::deployed(Form form) {
  const auto found = impl_->deployed.find(form);
  if (found != impl_->deployed.end()) return found->second;
  return impl_->deployed.emplace(form, impl_->make(form)).first->second;
}

std::vector<VerifyRecord> Reopened::verify(const std::vector<std::shared_ptr<Provider>>& providers,
                                           std::int64_t rows) {
  const ModelData& data = impl_->job.data;
  const std::int64_t count = std::min(rows, data.fixture_raw.size(0));
  // What our engine takes for the file's inputs: the file standardizes them, the network does not.
  const auto answers = [&](Form form) {
    const Deployed& of = deployed(form);
    const Tensor own = (of.raw ? data.fixture_raw : data.fixture_inputs).rows(0, count);
    return [&of, own](const Tensor&) {
      const autograd::NoGradGuard no_grad;
      return of.run(own);
    };
  };
  std::vector<VerifyRecord> records;
  const auto ask = [&](const VerifyQuestion& question, const std::string& prefix) {
    impl_->progress.say(concat("verifying ", prefix.empty() ? "fp32: " : prefix, count, " rows"));
    for (VerifyRecord& record : pipeline::verify(question, providers)) {
      record.what = prefix + record.what;
      records.push_back(std::move(record));
    }
  };
  VerifyQuestion question;
  question.inputs = data.fixture_raw.rows(0, count);
  question.float_file = {data::read_file(file(Form::kFp32).string()), answers(Form::kFp32)};
  ask(question, "");
  for (const Form form : forms()) {
    VerifyQuestion one;
    one.inputs = question.inputs;
    const VerifiedFile verified{data::read_file(file(form).string()), answers(form),
                                !impl_->job.recipe.quantize.exclude.empty()};
    (form == Form::kDynamic ? one.dynamic_file : one.static_file) = verified;
    if (deployed(form).network) {
      one.network = &*deployed(form).network;
      one.network_inputs = data.fixture_inputs.rows(0, count);
    }
    ask(one, concat(name_of(form), ": "));
  }
  return records;
}

std::vector<PairedLatency> Reopened::bench(Form form, std::int64_t batch,
                                           const PairedOptions& options) {
  const ModelData& data = impl_->job.data;
  const std::int64_t rows = std::min(batch, data.fixture_raw.size(0));
  const Tensor raw = data.fixture_raw.rows(0, rows);
  const auto run = [&](Form of) {
    const Deployed& model = deployed(of);
    const Tensor x = model.raw ? raw : data.fixture_inputs.rows(0, rows);
    return [&model, x] { (void)model.run(x); };
  };
  const autograd::NoGradGuard no_grad;
  std::vector<PairedLatency> all;
  impl_->progress.say(concat("timing ", name_of(form), ", ", rows, " a call"));
  all.push_back(measure_paired("tinytorch", run(Form::kFp32), run(form), options));

  try {
    all.push_back(onnxruntime_latency(data::read_file(file(Form::kFp32).string()),
                                      data::read_file(file(form).string()), raw,
                                      deployed(Form::kFp32).run(raw).shape(), options));
  } catch (const Error& error) {
    impl_->progress.say(concat("latency in onnxruntime was not measured: ", error.what()));
  }
  return all;
}

}  // namespace tinytorch::pipeline
