#include "tinytorch/quantization/qat/ptq.h"

#include <utility>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/detail/equalize_network.h"
#include "tinytorch/quantization/qat/detail/folded_copy.h"
#include "tinytorch/quantization/qat/detail/window_rows.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/repair.h"

namespace tinytorch::quantization {
namespace {

// Each column less its mean.
void centre(std::span<float> rows, std::size_t columns) {
  const std::size_t count = rows.size() / columns;
  std::vector<double> means(columns);
  for (std::size_t i = 0; i < rows.size(); ++i) means[i % columns] += double{rows[i]};
  for (double& mean : means) mean /= static_cast<double>(count);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<float>(double{rows[i]} - means[i % columns]);
  }
}

// Images as they are; a row of features is an image of one pixel.
Tensor as_images(const Tensor& x) {
  return x.ndim() == 4 ? x : x.view({x.size(0), x.size(1), 1, 1});
}

// One layer with the values that reach it on calibration data.
class Layer {
 public:
  // x: what the deployed layers before it wrote. exact: what it gives in the float network.
  Layer(const QatNetwork& net, std::size_t index, const Tensor& x, const Tensor& exact)
      : net_(net), index_(index), x_(as_images(x)), exact_(as_images(exact)), values_(folded()) {}

  void round_weights(const RepairOptions& options, Rng& rng) {
    const kernels::ConvGeometry sizes = geometry();
    const std::vector<std::int64_t> places =
        sampled_places(sizes.batch * sizes.out_height * sizes.out_width, options.max_rows, rng);
    AdaRoundOptions rounding = options.rounding;
    rounding.bits = net_.weight_bits(index_);
    const std::vector<float> scales =
        max_scales(values_.weight, net_.config().granularity, rounding.bits);
    const std::size_t in = values_.weight.data().size() / scales.size();
    const std::size_t out = scales.size() / static_cast<std::size_t>(sizes.groups);
    for (std::int64_t group = 0; group < sizes.groups; ++group) {
      std::vector<float> rows = window_rows(x_.data(), sizes, group, places);
      // What shifts every output alike is the bias's to mend; the roundings need not trade for it.
      if (options.correct_bias) centre(rows, in);
      const std::size_t begin = static_cast<std::size_t>(group) * out;
      const std::span<float> weight = values_.weight.data().subspan(begin * in, out * in);
      const std::span<const float> own = std::span(scales).subspan(begin, out);
      const std::vector<std::int8_t> codes =
          adaround(weight, own, input_moments(rows, static_cast<std::int64_t>(in)), rounding);
      for (std::size_t o = 0; o < out; ++o) {
        dequantize(std::span(codes).subspan(o * in, in), {own[o], 0}, weight.subspan(o * in, in));
      }
    }
  }

  void mend_bias() {
    const auto reference =
        to_channels_last<float>(exact_.data(), exact_.size(1), exact_.size(2) * exact_.size(3));
    correct_bias(values_.bias.data(), reference, integer_outputs());
  }

 private:
  // The layer's own values, a Linear as a convolution of one pixel.
  WeightAndBias folded() const {
    const WeightAndBias values = net_.folded(index_);
    const Tensor& weight = values.weight;
    return {weight.ndim() == 4 ? weight : weight.view({weight.size(0), weight.size(1), 1, 1}),
            values.bias};
  }

  QParams input() const { return net_.value_qparams(net_.nodes()[index_].inputs.front()); }

  kernels::ConvGeometry geometry() const {
    const ops::ConvOptions options = net_.spec(index_).options;
    kernels::ConvGeometry sizes;
    sizes.batch = x_.size(0);
    sizes.in_channels = x_.size(1);
    sizes.in_height = x_.size(2);
    sizes.in_width = x_.size(3);
    sizes.out_channels = exact_.size(1);
    sizes.kernel = {values_.weight.size(2), values_.weight.size(3)};
    sizes.stride = options.stride;
    sizes.dilation = options.dilation;
    sizes.padding = options.padding;
    sizes.groups = options.groups;
    sizes.out_height = exact_.size(2);
    sizes.out_width = exact_.size(3);
    return sizes;
  }

  // What the deployed layer makes of x before its activation, one row a pixel.
  std::vector<float> integer_outputs() const {
    ConvSpec spec = net_.spec(index_);
    spec.activation = Activation::kNone;
    const QuantizedConv2d deployed =
        deploy_conv2d(values_, net_.scales(index_, values_, input()), input(), spec);
    std::vector<std::int8_t> codes(static_cast<std::size_t>(x_.numel()));
    quantize(x_.data(), input(), full_range(spec.activation_bits), codes);
    std::vector<std::int32_t> sums(static_cast<std::size_t>(exact_.numel()));
    deployed.accumulate(to_channels_last<std::int8_t>(codes, x_.size(1), x_.size(2) * x_.size(3)),
                        {x_.size(0), x_.size(2), x_.size(3)}, sums);
    return deployed.real_outputs(sums);
  }

  const QatNetwork& net_;
  std::size_t index_;
  Tensor x_;
  Tensor exact_;
  WeightAndBias values_;
};

// `net` holds the float network when this begins and the repaired one when it ends. The float
// network's values are taken before a layer changes, layer after layer.
void repair_layers(QatNetwork& net, const Tensor& calibration, const RepairOptions& options) {
  Rng rng(options.seed);
  std::vector<Tensor> exact{calibration};
  std::vector<Tensor> deployed{net.quantized_input(calibration)};
  for (const QatNode& node : net.nodes()) {
    const std::size_t index = exact.size() - 1;
    std::vector<Tensor> exact_inputs;
    std::vector<Tensor> deployed_inputs;
    for (const std::size_t value : node.inputs) {
      exact_inputs.push_back(exact[value]);
      deployed_inputs.push_back(deployed[value]);
    }
    at_place(node.path, [&] {
      const Tensor output = float_output(node, exact_inputs);
      if (node.has_weight()) {
        Layer layer(net, index, deployed_inputs.front(), output);
        if (options.adaround) layer.round_weights(options, rng);
        if (options.correct_bias) layer.mend_bias();
      }
      exact.push_back(activated(output, node.activation));
      deployed.push_back(net.quantized_node(index, deployed_inputs));
    });
  }
}

}  // namespace

std::shared_ptr<nn::Module> repaired_network(const nn::Module& model, const Tensor& calibration,
                                             const QConfig& config, const RepairOptions& options) {
  if (config.weight_quantizer == WeightQuantizer::kLsq) {
    throw Error(
        "repaired_network: kLsq learns its scales, and the codes chosen here would move with "
        "them; choose kStraightThrough");
  }
  if (calibration.ndim() < 2 || calibration.numel() == 0) {
    throw Error(concat("repaired_network: calibration data ", to_string(calibration.shape()),
                       "; expected images [N, C, H, W] or rows [n, features], at least one"));
  }
  const autograd::NoGradGuard no_grad;
  std::shared_ptr<nn::Module> repaired = folded_copy(model);
  std::vector<QatNode> nodes = match_model(*repaired);
  if (options.equalize) equalize_network(nodes);
  QatNetwork net(*repaired, std::move(nodes), config);
  net.train();  // so that observers watch
  repair_layers(net, calibration, options);
  net.eval();
  return repaired;
}

}  // namespace tinytorch::quantization
