#include "tests/15_quantization/checks.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else
using tinytorch::Shape;
using tinytorch::Tensor;
namespace nn = tinytorch::nn;
namespace ops = tinytorch::ops;
namespace small = tinytorch::small;

Floats read(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor.data().begin(), tensor.data().end()};
}

void write(Tensor tensor, const Floats& from) {
  std::copy(from.begin(), from.end(), tensor.data().begin());
}

Floats uniforms(Rng& rng, std::int64_t count, float low, float high) {
  Floats x(static_cast<std::size_t>(count));
  for (float& value : x) value = rng.uniform(low, high);
  return x;
}

// --- 15.41 ---

Values draw_fold(Rng& rng) {
  const std::int64_t out = integer(rng, 1, 12);
  const std::int64_t in = integer(rng, 1, 5);
  const std::int64_t kernel = integer(rng, 1, 3);
  return Values()
      .add("weight", normals(rng, out * in * kernel * kernel, 1.0f))
      .add("bias", integer(rng, 0, 1) == 0 ? Floats() : normals(rng, out, 1.0f))
      .add("gamma", normals(rng, out, 1.0f))
      .add("beta", normals(rng, out, 1.0f))
      .add("mean", normals(rng, out, 1.0f))
      .add("variance", uniforms(rng, out, 0.0f, 3.0f))
      .add_int("in", in)
      .add_int("kernel", kernel)
      .add_float("epsilon", rng.uniform(1e-5f, 0.1f))
      .add_int("channels more", integer(rng, 0, 7) == 0 ? 1 : 0);
}

Values run_fold(const Values& in) {
  const auto out = static_cast<std::int64_t>(in.get<float>("gamma").size());
  const std::int64_t kernel = in.get_int("kernel");
  Tensor weight(Shape{out, in.get_int("in"), kernel, kernel}, in.get<float>("weight"));
  weight.set_requires_grad();
  Tensor bias;
  if (!in.get<float>("bias").empty()) bias = Tensor(Shape{out}, in.get<float>("bias"));
  nn::BatchNorm2d norm(out + in.get_int("channels more"), in.get_float("epsilon"));
  write(norm.weight(), in.get<float>("gamma"));
  write(norm.bias(), in.get<float>("beta"));
  write(norm.running_mean(), in.get<float>("mean"));
  write(norm.running_var(), in.get<float>("variance"));
  return or_error([&] {
    const WeightAndBias folded = fold_batch_norm(weight, bias, norm);
    Values result;
    result.add("weight", read(folded.weight)).add("bias", read(folded.bias));
    ops::add(ops::sum(folded.weight), ops::sum(folded.bias)).backward();
    return result.add("grad of weight", read(weight.grad()))
        .add("grad of gamma", read(norm.weight().grad()))
        .add("grad of beta", read(norm.bias().grad()));
  });
}

// --- 15.42 ---

// Channel counts follow from "groups" and the two counts per group.
Values draw_conv_step(Rng& rng) {
  const std::int64_t groups = integer(rng, 1, 3);
  const std::int64_t in = integer(rng, 1, 3);
  const std::int64_t out = integer(rng, 1, 4);
  const std::int64_t kernel = integer(rng, 1, 3);
  const std::int64_t rows = integer(rng, 3, 6);
  const std::int64_t columns = integer(rng, 3, 6);
  const std::int64_t bits = integer(rng, 4, 8);
  const float scale = rng.uniform(0.02f, 0.1f);
  const Codes x =
      codes(rng, 2 * groups * in * rows * columns, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
  const Codes weight = codes(rng, groups * out * in * kernel * kernel, -7, 7);
  return Values()
      .add("x", x)
      .add("weight", weight)
      .add("scales", uniforms(rng, groups * out, 0.01f, 0.2f))
      .add("bias", normals(rng, groups * out, 0.5f))
      .add_float("scale", scale)
      .add_int("zero_point", integer(rng, -3, 3))
      .add_int("groups", groups)
      .add_int("in", in)
      .add_int("kernel", kernel)
      .add_int("rows", rows)
      .add_int("columns", columns)
      .add_int("bits", bits)
      .add_int("stride", integer(rng, 1, 2))
      .add_int("padding", integer(rng, 0, kernel / 2))
      .add_int("activation", integer(rng, 0, 2))
      .add_int("dialect", integer(rng, 0, 1))
      .add_int("passed", integer(rng, 0, 1))
      .add_int("observe", integer(rng, 0, 1))
      .add_float("seen", rng.uniform(0.5f, 4.0f))
      .add_int("seed", integer(rng, 0, 1 << 20));
}

// Each code at the place it stands for.
Tensor on_grid(const Shape& shape, const Codes& codes, const Floats& scales, std::int32_t zero) {
  Tensor x(shape);
  const std::size_t length = codes.size() / scales.size();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    x.data()[i] = static_cast<float>(codes[i] - zero) * scales[i / length];
  }
  return x;
}

Values run_conv_step(const Values& in) {
  const auto& scales = in.get<float>("scales");
  const auto out = static_cast<std::int64_t>(scales.size());
  const std::int64_t kernel = in.get_int("kernel");
  const QParams input{in.get_float("scale"), static_cast<std::int32_t>(in.get_int("zero_point"))};
  const Shape image{2, in.get_int("groups") * in.get_int("in"), in.get_int("rows"),
                    in.get_int("columns")};
  Tensor x = on_grid(image, in.get<std::int8_t>("x"), {input.scale}, input.zero_point);
  WeightAndBias layer{on_grid(Shape{out, in.get_int("in"), kernel, kernel},
                              in.get<std::int8_t>("weight"), scales, 0),
                      Tensor(Shape{out}, in.get<float>("bias"))};
  for (Tensor* leaf : {&x, &layer.weight, &layer.bias}) leaf->set_requires_grad();
  MovingAverageObserver observer(0.25f);
  observer.observe(Floats{-in.get_float("seen"), in.get_float("seen")});
  ConvContext context{.scales = scales, .input = input, .observer = &observer};
  context.observe = in.get_int("observe") != 0;
  context.spec.options = {in.get_int("stride"), in.get_int("padding"), in.get_int("groups")};
  context.spec.activation = static_cast<Activation>(in.get_int("activation"));
  context.spec.activation_bits = static_cast<int>(in.get_int("bits"));
  context.spec.dialect = in.get_int("dialect") == 0 ? Dialect::kOrt : Dialect::kTflite;
  context.spec.clip_gradient =
      in.get_int("passed") == 0 ? ClipGradient::kBlocked : ClipGradient::kPassed;
  const Tensor y = qat_conv2d(x, layer, context);
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  ops::sum(ops::mul(y, Tensor::randn(y.shape(), rng))).backward();
  return Values()
      .add("y", read(y))
      .add("grad of weight", read(layer.weight.grad()))
      .add("grad of bias", read(layer.bias.grad()))
      .add("grad of x", read(x.grad()))
      .add("observed", Floats{observer.range().min, observer.range().max});
}

// --- 15.44 and 15.45 ---

Values draw_tree(Rng& rng) {
  return Values()
      .add_int("network", integer(rng, 0, 3))
      .add_int("seed", integer(rng, 0, 1 << 20))
      .add_int("weight_bits", integer(rng, 4, 8))
      .add_int("activation_bits", integer(rng, 4, 8))
      .add_int("per_tensor", integer(rng, 0, 1))
      .add_int("dialect", integer(rng, 0, 1));
}

struct Tree {
  small::Example example;
  std::shared_ptr<nn::Sequential> model;
  Rng rng;

  explicit Tree(const Values& in)
      : example(small::examples()[static_cast<std::size_t>(in.get_int("network"))]),
        rng(static_cast<std::uint64_t>(in.get_int("seed"))) {
    model = example.make(rng);
    for (auto& [key, tensor] : model->named_buffers()) {
      Tensor values = tensor;
      for (float& value : values.data()) value = rng.uniform(0.1f, 1.0f);
    }
  }
};

Values run_match(const Values& in) {
  Tree tree(in);
  tree.model->append(std::make_shared<nn::Linear>(5, 5, tree.rng));
  if (in.get_int("dialect") == 1) tree.model->append(std::make_shared<nn::ReLU6>());
  Sums numbers;
  std::string paths;
  for (const QatNode& node : match_network(*tree.model)) {
    paths += node.path + " ";
    numbers.push_back(static_cast<std::int32_t>(node.kind));
    numbers.push_back(static_cast<std::int32_t>(node.activation));
    numbers.push_back(static_cast<std::int32_t>(node.pool.kernel.height));
    for (const std::size_t input : node.inputs) numbers.push_back(static_cast<int>(input));
    numbers.push_back(node.batch_norm != nullptr ? 1 : 0);
    numbers.push_back(node.has_weight() ? 1 : 0);
  }
  const Values refused = or_error([&] {
    tree.model->append(std::make_shared<nn::Tanh>());
    (void)match_network(*tree.model);
    return Values().add_int("accepted", 1);
  });
  return Values()
      .add("nodes", numbers)
      .add("paths", paths)
      .add("Tanh", refused.entries().front().name);
}

Values run_convert_network(const Values& in) {
  Tree tree(in);
  QConfig config;
  config.weight_bits = static_cast<int>(in.get_int("weight_bits"));
  config.activation_bits = static_cast<int>(in.get_int("activation_bits"));
  config.dialect = in.get_int("dialect") == 0 ? Dialect::kOrt : Dialect::kTflite;
  if (in.get_int("per_tensor") != 0) config.granularity = Granularity::kPerTensor;
  const auto net = prepare_network(*tree.model, config);
  net->eval();
  (void)net->forward(small::batch(tree.example.sample, 8, tree.rng));
  net->set_phase(QatPhase::kQuantize);
  const QuantizedNetwork deployed = convert_network(*net);
  const Tensor x = small::batch(tree.example.sample, 4, tree.rng);
  return Values()
      .add("deployed", read(deployed.forward(x)))
      .add("trained", read(net->forward(x)))
      .add_int("weight_bytes", deployed.weight_bytes())
      .add_int("activation_bytes", deployed.activation_bytes());
}

}  // namespace

std::vector<Check> qat_network_checks() {
  return {
      {"15.41",
       "fold",
       "up to 12 x 5 channels, kernels up to 3, with and without a bias, now and then too few",
       {1e-6, 1e-5},
       10,
       draw_fold,
       run_fold},
      {"15.42",
       "step",
       "up to 3 groups, strides, padding, activations, dialects, 4 to 8 bits; gradients of all",
       {1e-4, 1e-4},
       16,
       draw_conv_step,
       run_conv_step},
      {"15.44",
       "tree",
       "an MLP, a CNN, a depthwise and a residual network; Tanh is refused",
       {},
       8,
       draw_tree,
       run_match},
      {"15.45",
       "network",
       "the same, calibrated and converted: 4 to 8 bits, both dialects and granularities",
       {},
       8,
       draw_tree,
       run_convert_network},
  };
}

}  // namespace checks15
