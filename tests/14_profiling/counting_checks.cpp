#include <memory>

#include "tests/14_profiling/checks.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/profiling/counting.h"

namespace checks14 {
namespace {

using namespace tinytorch::profiling;  // NOLINT: checks speak of nothing else
using namespace tinytorch;             // NOLINT

Counts of(const Cost& cost) { return {cost.flops, cost.bytes}; }

Values draw_linear(Rng& rng) {
  Counts sizes = integers(rng, 3, 1, 900);
  sizes.push_back(integer(rng, 0, 1));
  return Values().add("rows, in, out, bias", sizes);
}

Values run_linear(const Values& in) {
  const Counts& s = in.get<std::int64_t>("rows, in, out, bias");
  return Values().add("flops, bytes", of(linear_cost(s[0], s[1], s[2], s[3] == 1)));
}

Values draw_conv(Rng& rng) {
  const std::int64_t groups = integer(rng, 1, 4);
  // batch, in, height, width, out, kernel height, kernel width, stride, padding, groups, bias
  return Values().add("sizes",
                      Counts{integer(rng, 1, 8), groups * integer(rng, 1, 6), integer(rng, 7, 40),
                             integer(rng, 7, 40), groups * integer(rng, 1, 6), integer(rng, 1, 5),
                             integer(rng, 1, 5), integer(rng, 1, 3), integer(rng, 0, 2), groups,
                             integer(rng, 0, 1)});
}

Values run_conv(const Values& in) {
  const Counts& s = in.get<std::int64_t>("sizes");
  const kernels::ConvSizes sizes{.batch = s[0],
                                 .in_channels = s[1],
                                 .in_height = s[2],
                                 .in_width = s[3],
                                 .out_channels = s[4],
                                 .kernel_height = s[5],
                                 .kernel_width = s[6],
                                 .stride = s[7],
                                 .padding = s[8],
                                 .groups = s[9],
                                 .out_height = (s[2] + 2 * s[8] - s[5]) / s[7] + 1,
                                 .out_width = (s[3] + 2 * s[8] - s[6]) / s[7] + 1};
  return Values().add("flops, bytes", of(conv2d_cost(sizes, s[10] == 1)));
}

Values draw_cheap(Rng& rng) {
  return Values()
      .add("values, flops, parameters", integers(rng, 3, 0, 5000))
      .add("inputs, outputs, window", integers(rng, 3, 1, 5000));
}

Values run_cheap(const Values& in) {
  const Counts& p = in.get<std::int64_t>("values, flops, parameters");
  const Counts& w = in.get<std::int64_t>("inputs, outputs, window");
  return Values()
      .add("pointwise", of(pointwise_cost(p[0], p[1], p[2])))
      .add("max", of(pool_cost(w[0], w[1], w[2], PoolKind::kMax)))
      .add("average", of(pool_cost(w[0], w[1], w[2], PoolKind::kAverage)));
}

// Each digit: what follows. 0 ends a Sequential, 1 begins one, others are layers.
Values draw_tree(Rng& rng) {
  Counts plan = {2};
  const std::int64_t length = integer(rng, 4, 14);
  for (std::int64_t i = 0; i < length; ++i) plan.push_back(integer(rng, 0, 4));
  return Values()
      .add("plan", plan)
      .add("widths", integers(rng, length + 1, 1, 20))
      .add_int("rows", integer(rng, 1, 9));
}

std::shared_ptr<nn::Sequential> grow(const Counts& plan, const Counts& widths, std::size_t& at,
                                     std::int64_t& width) {
  Rng rng(14);
  auto model = std::make_shared<nn::Sequential>();
  while (at < plan.size()) {
    const std::size_t here = at++;
    if (plan[here] == 0) break;
    if (plan[here] == 1) model->append(grow(plan, widths, at, width));
    if (plan[here] == 2) {
      model->append(std::make_shared<nn::Linear>(width, widths[here],
                                                 nn::LinearOptions{.bias = here % 2 == 0}, rng));
      width = widths[here];
    }
    if (plan[here] == 3) model->append(std::make_shared<nn::ReLU>());
    if (plan[here] == 4) model->append(std::make_shared<nn::Dropout>(0.5f, 1));
  }
  return model;
}

Values run_walk(const Values& in) {
  const Counts& widths = in.get<std::int64_t>("widths");
  std::size_t at = 0;
  std::int64_t width = 7;
  const auto model = grow(in.get<std::int64_t>("plan"), widths, at, width);
  std::string names;
  Counts sizes;
  for (const Layer& layer : walk_model(*model, {in.get_int("rows"), 7})) {
    names += layer.name + " ";
    sizes.push_back(layer.input.numel());
    sizes.push_back(layer.output.numel());
  }
  return Values().add("names", names).add("input and output values", sizes);
}

// What no Sequential holds, and what nobody can count.
class Unknown : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override { return x; }
  std::string describe() const override { return "Unknown()"; }
};

Values draw_alone(Rng& rng) { return Values().add("in, out", integers(rng, 2, 1, 30)); }

Values run_alone(const Values& in) {
  Rng rng(14);
  const Counts& s = in.get<std::int64_t>("in, out");
  nn::Linear linear(s[0], s[1], rng);
  nn::Sequential model;
  model.append(std::make_shared<nn::ReLU>()).append(std::make_shared<Unknown>());
  const std::vector<Layer> layers = walk_model(linear, {3, s[0]});
  std::string names;
  for (const Layer& layer : layers) names += "[" + layer.name + "]";
  return Values().add("names", names).add_int("throws", throws([&] {
                                                (void)walk_model(model, {3, s[0]});
                                              }));
}

}  // namespace

std::vector<Check> counting_checks() {
  return {
      {"14.1",
       "linear cost",
       "sizes up to 900, with and without a bias",
       {},
       8,
       draw_linear,
       run_linear},
      {"14.4",
       "walk alone",
       "a model of one layer, and a layer of unknown kind",
       {},
       2,
       draw_alone,
       run_alone},
      {"14.2",
       "convolution cost",
       "images that are not square, strides to 3, padding, up to 4 groups",
       {},
       12,
       draw_conv,
       run_conv},
      {"14.3",
       "cheap layers",
       "pointwise layers with parameters, windows of any size",
       {},
       6,
       draw_cheap,
       run_cheap},
      {"14.4", "walk", "Sequentials in Sequentials, up to 15 deep", {}, 12, draw_tree, run_walk},
  };
}

}  // namespace checks14
