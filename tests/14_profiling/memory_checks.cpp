#include <memory>

#include "tests/14_profiling/checks.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/profiling/memory.h"

namespace checks14 {
namespace {

using namespace tinytorch::profiling;  // NOLINT: checks speak of nothing else
using namespace tinytorch;             // NOLINT

Values draw_state(Rng& rng) {
  return Values()
      .add("widths", integers(rng, integer(rng, 2, 6), 1, 40))
      .add("again", integers(rng, 3, 0, 1));
}

// A Linear and a BatchNorm2d a width; some of them at a second place. It is never run.
std::shared_ptr<nn::Sequential> model_of(const Values& in) {
  Rng rng(14);
  auto model = std::make_shared<nn::Sequential>();
  const Counts& again = in.get<std::int64_t>("again");
  for (const std::int64_t width : in.get<std::int64_t>("widths")) {
    const auto linear =
        std::make_shared<nn::Linear>(width, 3, nn::LinearOptions{.bias = again[2] == 1}, rng);
    const auto norm = std::make_shared<nn::BatchNorm2d>(width);
    model->append(linear).append(norm);
    if (again[0] == 1) model->append(linear);
    if (again[1] == 1) model->append(norm);
  }
  return model;
}

Values run_state(const Values& in) {
  const StateBytes bytes = state_bytes(*model_of(in));
  return Values().add("parameters, buffers", Counts{bytes.parameters, bytes.buffers});
}

Values draw_chain(Rng& rng) {
  const std::int64_t length = integer(rng, 0, 9);
  return Values()
      .add("widths", integers(rng, length + 1, 1, 3000))
      .add("kinds", integers(rng, length, 0, 3));
}

std::vector<Layer> chain_of(const Values& in) {
  constexpr LayerKind kKinds[] = {LayerKind::kLinear, LayerKind::kActivation, LayerKind::kDropout,
                                  LayerKind::kFlatten};
  const Counts& widths = in.get<std::int64_t>("widths");
  std::vector<Layer> layers;
  Shape shape{widths.front()};
  std::size_t i = 0;
  for (const std::int64_t kind : in.get<std::int64_t>("kinds")) {
    ++i;
    const Shape next = kind == 0 ? Shape{widths[i]} : shape;
    layers.push_back({"", nullptr, kKinds[static_cast<std::size_t>(kind)], shape, next});
    shape = next;
  }
  return layers;
}

Values draw_training(Rng& rng) {
  Values values = draw_chain(rng);
  return values.add("again", Counts{0, 0, 1}).add_int("states", integer(rng, 0, 3));
}

Values run_training(const Values& in) {
  const TrainingBytes bytes =
      training_bytes(*model_of(in), chain_of(in), static_cast<int>(in.get_int("states")));
  const auto negative = [&] { (void)training_bytes(*model_of(in), {}, -1); };
  return Values()
      .add("parameters, gradients, optimizer, activations",
           Counts{bytes.parameters, bytes.gradients, bytes.optimizer, bytes.activations})
      .add_int("negative states throw", throws(negative));
}

}  // namespace

std::vector<Check> memory_checks() {
  return {
      {"14.5",
       "state bytes",
       "models with layers at one or two places",
       {},
       8,
       draw_state,
       run_state},
      {"14.6",
       "inference bytes",
       "up to 9 layers, views among them",
       {},
       10,
       draw_chain,
       [](const Values& in) { return Values().add_int("bytes", inference_bytes(chain_of(in))); }},
      {"14.7",
       "training bytes",
       "up to 9 layers, views among them, 0 to 3 optimizer states",
       {},
       10,
       draw_training,
       run_training},
  };
}

}  // namespace checks14
