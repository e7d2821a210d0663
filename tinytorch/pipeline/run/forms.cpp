#include "tinytorch/pipeline/run/forms.h"

#include "tinytorch/core/error.h"
#include "tinytorch/nn/transfer_weights.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/roads.h"

namespace tinytorch::pipeline {
namespace {

Deployed of_network(Form form, quantization::QuantizedNetwork network) {
  Deployed deployed{.form = form, .network = std::move(network)};
  deployed.weight_bytes = deployed.network->weight_bytes();
  deployed.run = [held = *deployed.network](const Tensor& x) { return held.forward(x); };
  return deployed;
}

Deployed of_module(Form form, std::shared_ptr<nn::Module> model, std::int64_t bytes) {
  model->eval();
  Deployed deployed{.form = form, .module = model, .weight_bytes = bytes};
  deployed.run = [model = std::move(model)](const Tensor& x) { return model->forward(x); };
  return deployed;
}

std::int64_t values_in(const nn::Module& model) {
  std::int64_t values = 0;
  for (const Tensor& parameter : model.parameters()) values += parameter.numel();
  return values;
}

}  // namespace

Tensor calibration_inputs(const Job& job, std::int64_t draw) {
  return job.data.train
      ->get(calibration_rows(job.data, job.recipe.calibration.examples,
                             static_cast<std::uint64_t>(draw)))
      .inputs;
}

std::shared_ptr<nn::Module> copy_of(const Job& job, const nn::Module& trained) {
  Rng unused(0);
  auto copy = make_model(job.recipe, unused);
  nn::transfer_weights(trained.state_dict(), copy->state_dict());
  return copy;
}

Deployed float_form(const std::shared_ptr<nn::Module>& model) {
  return of_module(Form::kFp32, model, 4 * values_in(*model));
}

Deployed dynamic_form(const Job& job, const nn::Module& trained) {
  auto model = copy_of(job, trained);
  const std::int64_t before = values_in(*model);
  const auto excluded = [&](const std::string& path) {
    for (const std::string& pattern : job.recipe.quantize.exclude)
      if (matches(pattern, path)) return true;
    return false;
  };
  (void)quantization::dynamic(*model,
                              {.weight_bits = static_cast<int>(job.recipe.quantize.weight_bits),
                               .chosen = [&](const std::string& path) { return !excluded(path); }});
  // What is left are floats; the others are bytes, and a scale for each output.
  const std::int64_t left = values_in(*model);
  return of_module(Form::kDynamic, model, 4 * left + (before - left));
}

Deployed static_form(const Job& job, const nn::Module& trained, Form form, std::int64_t draw) {
  const auto model = copy_of(job, trained);
  model->eval();
  const quantization::QConfig config = scheme_of(job.recipe, *model, form);
  quantization::PtqOptions options;
  if (form == Form::kRepaired)
    options.repair = quantization::RepairOptions{.max_rows = 2048, .seed = 1};
  return of_network(form,
                    quantization::ptq(*model, calibration_inputs(job, draw), config, options));
}

Deployed qat_form(const TrainedIntegers& trained) {
  return of_network(Form::kQat, quantization::convert_network(*trained.net));
}

}  // namespace tinytorch::pipeline
