#include "tinytorch/quantization/ptq.h"

#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/observers.h"
#include "tinytorch/quantization/qat.h"
#include "tinytorch/quantization/repair.h"

namespace tinytorch::quantization {
namespace {

std::span<float> values(const Tensor& tensor) {
  Tensor shared = tensor;  // a handle: the values are the parameter's own
  return shared.data();
}

std::shared_ptr<nn::Linear> copy_of(const nn::Linear& linear) {
  Rng unused(0);  // every value it draws is overwritten
  auto copy =
      std::make_shared<nn::Linear>(linear.in_features(), linear.out_features(), true, unused);
  copy->load_state_dict(linear.state_dict());
  return copy;
}

void equalize(const std::vector<QatLayer>& layers) {
  for (int round = 0; round < 20; ++round) {
    float furthest = 0.0f;
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
      const nn::Linear& first = *layers[i].linear;
      const nn::Linear& second = *layers[i + 1].linear;
      const std::vector<float> scales =
          equalize_pair({values(first.weight()), values(first.bias())},
                        {values(second.weight()), values(second.bias())},
                        layers[i].relu ? Between::kRelu : Between::kNothing);
      for (const float scale : scales) furthest = std::max(furthest, std::abs(scale - 1.0f));
    }
    if (furthest <= 1e-3f) return;
  }
}

QParams grid_of(std::span<const float> x, int bits) {
  MinMaxObserver ends;
  ends.observe(x);
  return choose_qparams_asymmetric(ends.range().min, ends.range().max, full_range(bits));
}

// What the deployed layer makes of x [n, in], before its activation.
Tensor integer_outputs(const nn::Linear& linear, const Tensor& x, QParams grid,
                       const QConfig& config) {
  const QuantizedLinear deployed =
      quantize_linear(linear.weight(), linear.bias(), grid, config.weight_bits, false);
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), grid, full_range(config.activation_bits), codes);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(x.size(0) * linear.out_features()));
  deployed.accumulate(codes, sums);
  const std::vector<float> outputs = deployed.real_outputs(sums);
  return Tensor(Shape{x.size(0), linear.out_features()}, outputs);
}

Tensor on_grid(const Tensor& x, QParams grid, int bits) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), grid, full_range(bits), codes);
  Tensor back(x.shape());
  dequantize(codes, grid, back.data());
  return back;
}

// Each column less its mean.
Tensor centred(const Tensor& x) {
  std::vector<double> means(static_cast<std::size_t>(x.size(1)));
  const std::span<const float> from = x.data();
  for (std::size_t i = 0; i < from.size(); ++i) means[i % means.size()] += double{from[i]};
  for (double& mean : means) mean /= static_cast<double>(x.size(0));
  Tensor result(x.shape());
  const std::span<float> to = result.data();
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(double{from[i]} - means[i % means.size()]);
  }
  return result;
}

void round_weights(const nn::Linear& linear, const Tensor& x, const AdaRoundOptions& options) {
  const std::span<float> weight = values(linear.weight());
  const std::vector<float> scales = channel_scales(weight, linear.out_features(), options.bits);
  const std::vector<std::int8_t> codes =
      adaround(weight, scales, input_moments(x.data(), linear.in_features()), options);
  const auto in = static_cast<std::size_t>(linear.in_features());
  for (std::size_t o = 0; o < scales.size(); ++o) {
    dequantize(std::span(codes).subspan(o * in, in), {scales[o], 0}, weight.subspan(o * in, in));
  }
}

}  // namespace

std::shared_ptr<nn::Sequential> repaired_linear(const nn::Sequential& model,
                                                const Tensor& calibration, const QConfig& config,
                                                const RepairOptions& options) {
  const autograd::NoGradGuard no_grad;
  if (calibration.numel() == 0) throw Error("repaired_linear: the calibration set is empty");
  std::vector<QatLayer> layers = prepare_qat(model, config)->layers();
  for (QatLayer& layer : layers) layer.linear = copy_of(*layer.linear);
  if (options.equalize) equalize(layers);
  AdaRoundOptions rounding = options.rounding;
  rounding.bits = config.weight_bits;

  auto repaired = std::make_shared<nn::Sequential>();
  Tensor exact = ops::reshape(calibration, {calibration.size(0), -1});  // the float network's
  Tensor x = exact;                                                     // the integer one's
  for (const QatLayer& layer : layers) {
    const QParams grid = grid_of(x.data(), config.activation_bits);
    const Tensor seen = on_grid(x, grid, config.activation_bits);
    exact = layer.linear->forward(exact);
    if (options.adaround) {
      // What shifts every output alike is the bias's to mend; the roundings need not trade for it.
      round_weights(*layer.linear, options.correct_bias ? centred(seen) : seen, rounding);
    }
    if (options.correct_bias) {
      correct_bias(values(layer.linear->bias()), exact.data(),
                   integer_outputs(*layer.linear, x, grid, config).data());
    }
    x = integer_outputs(*layer.linear, x, grid, config);
    repaired->append(layer.linear);
    if (!layer.relu) continue;
    repaired->append(std::make_shared<nn::ReLU>());
    exact = ops::relu(exact);
    x = ops::relu(x);
  }
  return repaired;
}

}  // namespace tinytorch::quantization
