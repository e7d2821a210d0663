#include "tinytorch/quantization/qat/roads.h"

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

std::shared_ptr<QatNetwork> prepared(const nn::Module& model, const QConfig& scheme) {
  if (scheme.weight_quantizer == WeightQuantizer::kLsq) {
    throw Error(
        "ptq: kLsq finds its scales in training; choose kStraightThrough, or train with qat()");
  }
  return prepare_network(model, scheme);
}

}  // namespace

QuantizedNetwork ptq(const nn::Module& model, const Tensor& calibration, const QConfig& scheme,
                     const PtqOptions& options) {
  const autograd::NoGradGuard no_grad;
  std::shared_ptr<nn::Module> repaired;
  if (options.repair) repaired = repaired_network(model, calibration, scheme, *options.repair);
  const auto net = prepared(repaired != nullptr ? *repaired : model, scheme);
  const nn::ModeGuard eval(*net, false);  // net and model share their layers
  (void)net->forward(calibration);
  return convert_network(*net);
}

QuantizedNetwork ptq(const nn::Module& model, data::BatchSource& calibration,
                     const QConfig& scheme) {
  const autograd::NoGradGuard no_grad;
  const auto net = prepared(model, scheme);
  const nn::ModeGuard eval(*net, false);
  calibration.start_epoch();
  for (data::Batch batch; calibration.next(batch);) (void)net->forward(batch.inputs);
  return convert_network(*net);
}

QatResult qat(nn::Module& model, data::BatchSource& data, const QConfig& scheme,
              const QatOptions& options) {
  const auto net = prepare_network(model, scheme);
  optim::Adam optimizer(net->parameters(), options.optimizer);
  FineTuneRecord record = fine_tune(model, *net, optimizer, data, options.plan);
  return {convert_network(*net), std::move(record)};
}

}  // namespace tinytorch::quantization
