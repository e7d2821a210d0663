#include "tinytorch/pipeline/run/forms.h"

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/transfer_weights.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/quantization/deployed/dynamic_conv2d.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/weight_only/weight_only_linear.h"

namespace tinytorch::pipeline {
namespace {

// What a calibrated or trained network deploys as.
Deployed of_network(Form form, std::shared_ptr<quantization::QatNetwork> net) {
  Deployed deployed{.form = form, .network = quantization::convert_network(*net)};
  deployed.net = std::move(net);
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

bool has_linear(nn::Module& model, const nn::LinearFilter& chosen) {
  try {
    return !nn::find_linears(model, chosen).empty();
  } catch (const Error&) {
    return false;  // its word for none
  }
}

std::int64_t values_in(const nn::Module& model) {
  std::int64_t values = 0;
  for (const Tensor& parameter : model.parameters()) values += parameter.numel();
  return values;
}

}  // namespace

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

std::shared_ptr<nn::Module> with_scaler(const Job& job, const nn::Module& trained) {
  auto model = copy_of(job, trained);
  if (!job.data.scaler) return model;
  const Scaler& scaler = *job.data.scaler;
  const auto first = std::dynamic_pointer_cast<nn::Linear>(model->children().front().second);
  const auto width = static_cast<std::int64_t>(scaler.mean.size());
  if (first == nullptr || first->in_features() != width || !first->bias().defined()) {
    throw Error(concat(job.recipe.file, ": the scaler of ", width,
                       " features is folded into the first layer, which must be a Linear of as "
                       "many inputs with a bias"));
  }
  Tensor weight = first->weight();
  Tensor bias = first->bias();
  const auto values = weight.data();
  for (std::int64_t o = 0; o < weight.size(0); ++o) {
    double shift = 0.0;
    for (std::int64_t i = 0; i < width; ++i) {
      const auto f = static_cast<std::size_t>(i);
      float& value = values[static_cast<std::size_t>(o * width + i)];
      const double scaled = double{value} / scaler.deviation[f];
      shift += scaled * scaler.mean[f];
      value = static_cast<float>(scaled);
    }
    float& added = bias.data()[static_cast<std::size_t>(o)];
    added = static_cast<float>(added - shift);
  }
  return model;
}

Tensor fixture_predictions(const Job& job, const Deployed& deployed) {
  return predictions(deployed.run, deployed.raw ? job.data.fixture_raw : job.data.fixture_inputs);
}

Deployed dynamic_form(const Job& job, const nn::Module& trained) {
  auto model = with_scaler(job, trained);
  const std::int64_t before = values_in(*model);
  const std::set<std::string> excluded = excluded_layers(job.recipe, *model);
  const int bits = static_cast<int>(job.recipe.quantize.weight_bits);
  const nn::LinearFilter chosen = [&](const std::string& path) { return !excluded.contains(path); };
  std::vector<std::string> paths = quantization::dynamic_convolutions(*model, chosen, bits);
  if (has_linear(*model, chosen)) {
    const auto linears = quantization::dynamic(*model, {.weight_bits = bits, .chosen = chosen});
    paths.insert(paths.end(), linears.begin(), linears.end());
  }
  if (paths.empty()) throw Error("dynamic: no convolution and no linear layer to quantize");
  // What is left are floats; the others are bytes, and a scale for each output.
  const std::int64_t left = values_in(*model);
  Deployed deployed = of_module(Form::kDynamic, model, 4 * left + (before - left));
  deployed.raw = job.data.scaler.has_value();
  return deployed;
}

Deployed weight_only_form(const Job& job, const nn::Module& trained, int bits) {
  auto model = with_scaler(job, trained);
  const std::int64_t before = values_in(*model);
  (void)quantization::weight_only(*model, {.bits = bits});
  const std::int64_t left = values_in(*model);
  Deployed deployed = of_module(Form::kFp32, model, 4 * left + ((before - left) * bits + 7) / 8);
  deployed.raw = job.data.scaler.has_value();
  return deployed;
}

Deployed static_form(const Job& job, const nn::Module& trained, Form form, std::int64_t draw) {
  const auto model = copy_of(job, trained);
  model->eval();
  const quantization::QConfig config = scheme_of(job.recipe, *model, form, job.allocated_bits);
  const autograd::NoGradGuard no_grad;
  const Tensor calibration = calibration_inputs(job, draw);
  std::shared_ptr<nn::Module> base = model;
  if (form == Form::kRepaired) {
    base =
        quantization::repaired_network(*model, calibration, config, {.max_rows = 2048, .seed = 1});
  }
  auto net = quantization::prepare_network(*base, config);
  net->eval();
  (void)net->forward(calibration);
  return of_network(form, std::move(net));
}

Deployed qat_form(const TrainedIntegers& trained) { return of_network(Form::kQat, trained.net); }

}  // namespace tinytorch::pipeline
