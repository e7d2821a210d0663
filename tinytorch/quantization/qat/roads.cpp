#include "tinytorch/quantization/qat/roads.h"

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

// Ready to be calibrated.
std::shared_ptr<QatNetwork> watched(const nn::Module& model, const QConfig& scheme) {
  if (scheme.weight_quantizer == WeightQuantizer::kLsq) {
    throw Error(
        "ptq: kLsq finds its scales in training; choose kStraightThrough, or train with qat()");
  }
  auto net = prepare_network(model, scheme);
  net->eval();
  return net;
}

// The two share their layers, which go back to the mode the model is in.
QuantizedNetwork deployed(const nn::Module& model, QatNetwork& net) {
  QuantizedNetwork network = convert_network(net);
  if (model.training()) net.train();
  return network;
}

}  // namespace

QuantizedNetwork ptq(const nn::Module& model, const Tensor& calibration, const QConfig& scheme,
                     const PtqOptions& options) {
  const autograd::NoGradGuard no_grad;
  std::shared_ptr<nn::Module> repaired;
  if (options.repair) repaired = repaired_network(model, calibration, scheme, *options.repair);
  const auto net = watched(repaired != nullptr ? *repaired : model, scheme);
  (void)net->forward(calibration);
  return deployed(model, *net);
}

QuantizedNetwork ptq(const nn::Module& model, data::BatchSource& calibration,
                     const QConfig& scheme) {
  const autograd::NoGradGuard no_grad;
  const auto net = watched(model, scheme);
  calibration.start_epoch();
  for (data::Batch batch; calibration.next(batch);) (void)net->forward(batch.inputs);
  return deployed(model, *net);
}

QatResult qat(nn::Module& model, data::BatchSource& data, const QConfig& scheme,
              const QatOptions& options) {
  const auto net = prepare_network(model, scheme);
  optim::Adam optimizer(net->parameters(), options.optimizer);
  FineTuneRecord record = fine_tune(model, *net, optimizer, data, options.plan);
  return {convert_network(*net), std::move(record)};
}

}  // namespace tinytorch::quantization
