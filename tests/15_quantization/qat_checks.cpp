#include "tests/15_quantization/checks.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/qat/qat.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else
using tinytorch::Shape;
using tinytorch::Tensor;
namespace nn = tinytorch::nn;
namespace ops = tinytorch::ops;

Floats floats(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor.data().begin(), tensor.data().end()};
}

void fill(Tensor tensor, const Floats& values) {
  std::copy(values.begin(), values.end(), tensor.data().begin());
}

Values draw_layer(Rng& rng) {
  const std::int64_t rows = integer(rng, 2, 12);
  const std::int64_t in = integer(rng, 1, 30);
  const std::int64_t out = integer(rng, 1, 20);
  Floats bias = normals(rng, out, 0.5f);
  if (integer(rng, 0, 3) == 0) bias[0] = 1e7f;  // dwarfs its weights
  return Values()
      .add("x", normals(rng, rows * in, 1.0f))
      .add("weight", normals(rng, out * in, 0.4f))
      .add("bias", bias)
      .add("grad", normals(rng, rows * out, 1.0f))
      .add_int("rows", rows)
      .add_int("in", in)
      .add_float("scale", rng.uniform(0.01f, 0.05f))
      .add_int("zero_point", integer(rng, -20, 20))
      .add_float("seen", rng.uniform(1.0f, 3.0f))
      .add_int("weight_bits", integer(rng, 3, 8))
      .add_int("relu", integer(rng, 0, 1));
}

QParams input_of(const Values& in) {
  return {in.get_float("scale"), static_cast<std::int32_t>(in.get_int("zero_point"))};
}

Values run_quantize_linear(const Values& in) {
  const Floats& bias = in.get<float>("bias");
  const auto out = static_cast<std::int64_t>(bias.size());
  const Tensor weight(Shape{out, in.get_int("in")}, in.get<float>("weight"));
  const QuantizedLinear layer =
      quantize_linear(weight, Tensor(Shape{out}, bias), input_of(in),
                      static_cast<int>(in.get_int("weight_bits")), in.get_int("relu") != 0);
  return Values()
      .add("weight codes", layer.weight_codes())
      .add("weight scales", Floats(layer.weight_scales().begin(), layer.weight_scales().end()))
      .add("bias codes", Sums(layer.bias().begin(), layer.bias().end()))
      .add_int("relu", layer.relu() ? 1 : 0)
      .add_int("zero_point", layer.input().zero_point);
}

Values run_qat_linear(const Values& in) {
  const std::int64_t rows = in.get_int("rows");
  const auto out = static_cast<std::int64_t>(in.get<float>("bias").size());
  Rng rng(1);
  auto linear = std::make_shared<nn::Linear>(in.get_int("in"), out, rng);
  fill(linear->weight(), in.get<float>("weight"));
  fill(linear->bias(), in.get<float>("bias"));
  MovingAverageObserver observer(0.25f);
  const QatLayer layer{linear, in.get_int("relu") != 0, observer};
  const float seen = in.get_float("seen");
  observer.observe(Floats{-seen, seen});

  Tensor x(Shape{rows, in.get_int("in")}, in.get<float>("x"));
  x.set_requires_grad();
  QConfig config;
  config.weight_bits = static_cast<int>(in.get_int("weight_bits"));
  const Tensor y = qat_linear(x, layer, input_of(in), config, true);
  ops::sum(ops::mul(y, Tensor(y.shape(), in.get<float>("grad")))).backward();
  return Values()
      .add("y", floats(y))
      .add("grad of weight", floats(linear->weight().grad()))
      .add("grad of bias", floats(linear->bias().grad()))
      .add("grad of x", floats(x.grad()))
      .add("observed", Floats{observer.range().min, observer.range().max});
}

Values draw_network(Rng& rng) {
  return Values()
      .add("sizes", Sums{static_cast<std::int32_t>(integer(rng, 2, 20)),
                         static_cast<std::int32_t>(integer(rng, 2, 40)),
                         static_cast<std::int32_t>(integer(rng, 2, 12))})
      .add_int("relu", integer(rng, 0, 1))
      .add_int("seed", integer(rng, 0, 1 << 20))
      .add_int("weight_bits", integer(rng, 3, 8))
      .add_int("activation_bits", integer(rng, 4, 8));
}

struct Network {
  nn::Sequential model;
  std::shared_ptr<QatNetwork> qat;
  Tensor x;

  explicit Network(const Values& in) {
    Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
    const Sums& sizes = in.get<std::int32_t>("sizes");
    model.append(std::make_shared<nn::Linear>(sizes[0], sizes[1], rng));
    if (in.get_int("relu") != 0) model.append(std::make_shared<nn::ReLU>());
    model.append(std::make_shared<nn::Linear>(sizes[1], sizes[2], rng));
    QConfig config;
    config.weight_bits = static_cast<int>(in.get_int("weight_bits"));
    config.activation_bits = static_cast<int>(in.get_int("activation_bits"));
    qat = prepare_qat(model, config);
    x = Tensor::randn(Shape{16, sizes[0]}, rng);
  }
};

Values run_prepare(const Values& in) {
  Network network(in);
  Sums shape{static_cast<std::int32_t>(network.qat->nodes().size())};
  std::string paths;
  for (const QatNode& node : network.qat->nodes()) {
    paths += node.path + " ";
    shape.push_back(static_cast<std::int32_t>(node.inputs.front()));
    shape.push_back(node.activation == Activation::kRelu ? 1 : 0);
    for (const auto& original : network.model.layers())
      shape.push_back(node.linear == original ? 1 : 0);
  }
  nn::Sequential bad;
  bad.append(std::make_shared<nn::Tanh>());
  const Values refused = or_error([&] {
    (void)prepare_qat(bad, {});
    return Values().add_int("accepted", 1);
  });
  return Values()
      .add("nodes", shape)
      .add("paths", paths)
      .add_int("weight_bits", network.qat->config().weight_bits)
      .add("Tanh", refused.entries().front().name);
}

Values run_convert(const Values& in) {
  Network network(in);
  (void)network.qat->forward(network.x);
  network.qat->set_phase(QatPhase::kQuantize);
  network.qat->eval();
  const QuantizedNetwork deployed = convert(*network.qat);
  return Values()
      .add("deployed", floats(deployed.forward(network.x)))
      .add("trained", floats(network.qat->forward(network.x)))
      .add_int("weight_bytes", deployed.weight_bytes());
}

}  // namespace

std::vector<Check> qat_checks() {
  return {
      {"15.19",
       "layer",
       "up to 20 × 30 weights, 3 to 8 bits, now and then a bias of 1e7",
       {},
       10,
       draw_layer,
       run_quantize_linear},
      {"15.20",
       "layer",
       "the same with 2 to 12 rows, gradients of everything",
       {1e-4, 1e-4},
       10,
       draw_layer,
       run_qat_linear},
      {"15.21",
       "network",
       "two Linear layers, with and without a ReLU between; Tanh is refused",
       {},
       4,
       draw_network,
       run_prepare},
      {"15.22",
       "network",
       "the same, calibrated and converted, 3 to 8 bits",
       {},
       6,
       draw_network,
       run_convert},
  };
}

}  // namespace checks15
