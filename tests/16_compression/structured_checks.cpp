#include <cmath>

#include "tests/16_compression/checks.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/compression/structured.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/pooling.h"

namespace checks16 {
namespace {

using namespace tinytorch::compression;  // NOLINT: checks speak of nothing else
namespace nn = tinytorch::nn;

Tensor weight_of(const Values& in) {
  return Tensor(Shape(in.get<std::int64_t>("shape")), in.get<float>("weights"));
}

// Two or four dimensions; dimension 1 is channels · width.
Values draw_weight(Rng& rng) {
  const std::int64_t width = integer(rng, 1, 4);
  const std::int64_t channels = integer(rng, 1, 6);
  Ids shape{integer(rng, 1, 12), channels * width};
  if (integer(rng, 0, 1) == 1) shape.insert(shape.end(), {integer(rng, 1, 3), integer(rng, 1, 3)});
  const std::int64_t count = Shape(shape).numel();
  return Values()
      .add("shape", shape)
      .add("weights", integer(rng, 0, 1) == 0 ? draw_with_ties(rng, count) : normals(rng, count, 1))
      .add_float("ratio", draw_ratio(rng))
      .add_int("width", width);
}

Ids draw_kept(Rng& rng, std::int64_t count) {
  Ids kept;
  for (std::int64_t c = 0; c < count; ++c) {
    if (integer(rng, 0, 1) == 1) kept.push_back(c);
  }
  return kept;
}

Values draw_selection(Rng& rng) {
  Values in = draw_weight(rng);
  const Ids shape = in.get<std::int64_t>("shape");
  // Now and then a plan for another layer: too long, empty, or out of order.
  Ids outputs = draw_kept(rng, shape[0] + integer(rng, 0, 1));
  Ids inputs = draw_kept(rng, shape[1] / in.get_int("width") + integer(rng, 0, 1));
  if (integer(rng, 0, 5) == 0 && inputs.size() > 1) std::swap(inputs[0], inputs[1]);
  return in.add("outputs", outputs).add("inputs", inputs);
}

Values tensor_values(const Tensor& tensor) {
  return Values()
      .add("shape", tinytorch::to_string(tensor.shape()))
      .add("values", values_of(tensor));
}

Values run_kept(const Values& in) {
  return or_error([&] {
    return Values().add("kept",
                        kept_channels(weight_of(in), static_cast<double>(in.get_float("ratio"))));
  });
}

template <typename Layer, typename... Arguments>
void add(nn::Sequential& model, Arguments&&... arguments) {
  model.append(std::make_shared<Layer>(std::forward<Arguments>(arguments)...));
}

void scramble(const nn::Module& model, Rng& rng) {
  for (const auto& [name, tensor] : model.state_dict()) {
    Tensor handle = tensor;
    for (float& v : handle.data())
      v = rng.uniform(0.2f, 1.4f) * (rng.uniform() < 0.3f ? -1.f : 1.f);
    if (name.find("var") == name.npos) continue;
    for (float& v : handle.data()) v = std::abs(v);
  }
}

// Convolutions with and without normalization on 8 × 8 images, then two linear layers; or an MLP.
nn::Sequential model_of(const Values& in) {
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  nn::Sequential model;
  const std::int64_t a = in.get_int("a"), b = in.get_int("b"), c = in.get_int("c");
  const bool bias = in.get_int("bias") == 1;
  if (in.get_int("cnn") == 1) {
    add<nn::Conv2d>(model, 2, a, 3, nn::Conv2dOptions{.padding = 1, .bias = bias}, rng);
    if (in.get_int("norm") == 1) add<nn::BatchNorm2d>(model, a, 0.01f);
    add<nn::ReLU>(model);
    add<nn::MaxPool2d>(model, 2);
    add<nn::Conv2d>(model, a, b, 3, nn::Conv2dOptions{.stride = 2, .padding = 1}, rng);
    add<nn::Tanh>(model);
    add<nn::Flatten>(model);
    add<nn::Linear>(model, b * 4, c, rng);
  } else {
    add<nn::Linear>(model, 128, a, nn::LinearOptions{.bias = bias}, rng);
    add<nn::ReLU6>(model);
    add<nn::Linear>(model, a, c, rng);
  }
  add<nn::ReLU>(model);
  add<nn::Linear>(model, c, 3, nn::LinearOptions{.bias = bias}, rng);
  scramble(model, rng);
  model.eval();
  return model;
}

Values draw_model(Rng& rng) {
  return Values()
      .add_int("seed", integer(rng, 0, 1'000'000))
      .add_int("a", integer(rng, 2, 8))
      .add_int("b", integer(rng, 2, 8))
      .add_int("c", integer(rng, 2, 8))
      .add_int("bias", integer(rng, 0, 1))
      .add_int("norm", integer(rng, 0, 1))
      .add_int("cnn", integer(rng, 0, 2) == 0 ? 0 : 1)
      .add_float("ratio", rng.uniform(0.0f, 0.7f))
      .add_int("skip", integer(rng, 0, 3))
      .add("x", normals(rng, 3 * 128, 1.0f));
}

Values run_shrink(const Values& in) {
  const nn::Sequential model = model_of(in);
  return or_error([&] {
    auto plan = plan_pruning(model, static_cast<double>(in.get_float("ratio")));
    std::string planned;
    for (const KeptChannels& entry : plan) {
      planned += tinytorch::concat(entry.layer, ":");
      for (const std::int64_t channel : entry.channels) planned += tinytorch::concat(channel, " ");
    }
    // Not every layer need be in a plan.
    const auto skip = static_cast<std::size_t>(in.get_int("skip"));
    if (skip < plan.size()) plan.erase(plan.begin() + static_cast<std::ptrdiff_t>(skip));
    const auto small = shrink(model, plan);
    const tinytorch::autograd::NoGradGuard no_grad;
    const Tensor x(in.get_int("cnn") == 1 ? Shape{3, 2, 8, 8} : Shape{3, 128}, in.get<float>("x"));
    return state_of(*small)
        .add("plan", planned)
        .add("outputs", values_of(small->forward(x)))
        .add_int("training", small->training() ? 1 : 0);
  });
}

}  // namespace

std::vector<Check> structured_checks() {
  return {
      {"16.4",
       "kept channels",
       "up to 12 channels of two- and four-dimensional weights, with ties",
       {},
       12,
       draw_weight,
       run_kept},
      {"16.4",
       "outputs",
       "any channels of any weight; channels that are not there are refused",
       {},
       12,
       draw_selection,
       [](const Values& in) {
         return or_error([&] {
           return tensor_values(select_outputs(weight_of(in), in.get<std::int64_t>("outputs")));
         });
       }},
      {"16.4",
       "inputs",
       "blocks of 1 to 4 inputs a channel; channels in wrong order are refused",
       {},
       12,
       draw_selection,
       [](const Values& in) {
         return or_error([&] {
           return tensor_values(
               select_inputs(weight_of(in), in.get<std::int64_t>("inputs"), in.get_int("width")));
         });
       }},
      {"16.5",
       "smaller models",
       "MLPs and CNNs with and without normalization and bias: plan, every tensor, the outputs",
       {1e-4, 1e-4},
       12,
       draw_model,
       run_shrink},
  };
}

}  // namespace checks16
