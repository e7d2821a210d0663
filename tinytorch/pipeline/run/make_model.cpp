#include "tinytorch/pipeline/run/make_model.h"

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/onnx/import/architecture.h"
#include "tinytorch/pipeline/run/layers.h"
#include "tinytorch/pipeline/run/weights.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::pipeline {
namespace {

using Layers = std::vector<LayerSpec>;

LayerSpec plain(LayerKind kind) { return {.kind = kind}; }
LayerSpec linear(std::int64_t in, std::int64_t out) {
  return {.kind = LayerKind::kLinear, .in = in, .out = out};
}
struct Conv {
  std::int64_t in = 1;
  std::int64_t out = 1;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  bool bias = true;
};
// Padded so that a stride of 1 keeps the size.
LayerSpec conv(const Conv& c) {
  return {.kind = LayerKind::kConv2d,
          .in = c.in,
          .out = c.out,
          .kernel = c.kernel,
          .stride = c.stride,
          .padding = c.kernel / 2,
          .groups = c.groups,
          .bias = c.bias};
}
LayerSpec batch_norm(std::int64_t channels) {
  return {.kind = LayerKind::kBatchNorm2d, .in = channels};
}
LayerSpec residual(Layers body) { return {.kind = LayerKind::kResidual, .body = std::move(body)}; }

void append(Layers& to, const Layers& more) { to.insert(to.end(), more.begin(), more.end()); }

Layers mlp(std::int64_t in, const std::vector<std::int64_t>& widths, std::int64_t out) {
  Layers layers;
  for (const std::int64_t width : widths) {
    append(layers, {linear(in, width), plain(LayerKind::kRelu)});
    in = width;
  }
  layers.push_back(linear(in, out));
  return layers;
}

Layers digits_mlp(const std::vector<std::int64_t>& widths) {
  Layers layers = {plain(LayerKind::kFlatten)};
  append(layers, mlp(64, widths, 10));
  return layers;
}

Layers digits_cnn(std::int64_t w) {
  return {conv({.in = 1, .out = w}),
          plain(LayerKind::kRelu),
          conv({.in = w, .out = 2 * w, .stride = 2}),
          plain(LayerKind::kRelu),
          plain(LayerKind::kFlatten),
          linear(2 * w * 16, 10)};
}

Layers fashion_cnn(std::int64_t w) {
  const auto block = [&](std::int64_t channels) {
    return residual({conv({.in = channels, .out = channels, .bias = false}), batch_norm(channels),
                     plain(LayerKind::kRelu),
                     conv({.in = channels, .out = channels, .bias = false}), batch_norm(channels)});
  };
  return {conv({.in = 1, .out = w, .stride = 2, .bias = false}),
          batch_norm(w),
          plain(LayerKind::kRelu),
          block(w),
          plain(LayerKind::kRelu),
          conv({.in = w, .out = 2 * w, .stride = 2, .bias = false}),
          batch_norm(2 * w),
          plain(LayerKind::kRelu),
          block(2 * w),
          plain(LayerKind::kRelu),
          plain(LayerKind::kGlobalAvgPool),
          plain(LayerKind::kFlatten),
          linear(2 * w, 10)};
}

// A filter for each channel, then one pixel's channels mixed.
void append_separable(Layers& to, std::int64_t in, std::int64_t out, std::int64_t stride) {
  append(to, {conv({.in = in, .out = in, .stride = stride, .groups = in, .bias = false}),
              batch_norm(in), plain(LayerKind::kRelu6),
              conv({.in = in, .out = out, .kernel = 1, .bias = false}), batch_norm(out),
              plain(LayerKind::kRelu6)});
}

Layers nr_metric(std::int64_t w) {
  Layers layers = {conv({.in = 1, .out = w, .stride = 2, .bias = false}), batch_norm(w),
                   plain(LayerKind::kRelu6)};
  append_separable(layers, w, 2 * w, 1);
  append_separable(layers, 2 * w, 4 * w, 2);
  append_separable(layers, 4 * w, 4 * w, 1);
  append_separable(layers, 4 * w, 8 * w, 2);
  append_separable(layers, 8 * w, 8 * w, 1);
  append(layers, {plain(LayerKind::kGlobalAvgPool), plain(LayerKind::kFlatten), linear(8 * w, 1)});
  return layers;
}

Layers filter_body(std::int64_t w) {
  Layers layers = {conv({.in = 1, .out = w})};
  for (int i = 0; i < 4; ++i) {
    layers.push_back(
        residual({conv({.in = w, .out = w}), plain(LayerKind::kRelu), conv({.in = w, .out = w})}));
  }
  layers.push_back(conv({.in = w, .out = 1}));
  return layers;
}

std::shared_ptr<nn::Module> learned_filter(std::int64_t w, const std::string& where, Rng& rng) {
  const auto body = make_layers(filter_body(w), where, rng);
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Residual>(body));
  model->append(std::make_shared<nn::Hardtanh>(0.0f, 1.0f));  // clamp(x + body(x), 0, 1)
  return model;
}

std::shared_ptr<nn::Module> named(const Recipe& recipe, const std::string& where, Rng& rng) {
  const auto& widths = recipe.model.widths;
  const auto chosen = [&](const std::vector<std::int64_t>& own) {
    return widths.empty() ? own : widths;
  };
  const auto fixed = [&](std::size_t count, const std::vector<std::int64_t>& own) {
    const auto all = chosen(own);
    if (all.size() != count)
      throw Error(
          concat(recipe.file, ": model.widths has ", all.size(), " numbers, expected ", count));
    return all;
  };
  switch (recipe.model.architecture) {
    case Architecture::kLearnedFilter:
      return learned_filter(fixed(1, {16})[0], where, rng);
    case Architecture::kNrMetric:
      return make_layers(nr_metric(fixed(1, {16})[0]), where, rng);
    case Architecture::kVmafTiny:
      return make_layers(mlp(6, chosen({16, 8}), 1), where, rng);
    case Architecture::kDigitsMlp:
      return make_layers(digits_mlp(chosen({64, 32})), where, rng);
    case Architecture::kDigitsCnn:
      return make_layers(digits_cnn(fixed(1, {16})[0]), where, rng);
    case Architecture::kFashionCnn:
      return make_layers(fashion_cnn(fixed(1, {16})[0]), where, rng);
    case Architecture::kMobyGpt: {
      const auto w = fixed(3, {3, 4, 64});
      return std::make_shared<nn::Gpt>(
          nn::GptConfig{.vocab_size = 256,
                        .context_length = recipe.data.size > 0 ? recipe.data.size : 64,
                        .num_layers = w[0],
                        .num_heads = w[1],
                        .embed_dim = w[2]},
          rng);
    }
    case Architecture::kNone:
      break;
  }
  return make_layers(recipe.model.layers, recipe.file + ": model.layers", rng);
}

}  // namespace

std::shared_ptr<nn::Module> make_model(const Recipe& recipe, Rng& rng) {
  if (!recipe.model.file.empty()) {
    const std::string file = beside(recipe, recipe.model.file);
    auto model = at_place(recipe.file + ": model.file", [&] {
      return onnx::read_architecture(data::read_file(file), file).model;
    });
    if (!recipe.model.weights.empty())
      at_place(recipe.file + ": model.weights", [&] { load_weights(recipe, *model); });
    return model;
  }
  const auto name = kArchitectureNames[static_cast<std::size_t>(recipe.model.architecture)];
  auto model = named(recipe, concat(recipe.file, ": ", name), rng);
  if (!recipe.model.weights.empty())
    at_place(recipe.file + ": model.weights", [&] { load_weights(recipe, *model); });
  return model;
}

}  // namespace tinytorch::pipeline
