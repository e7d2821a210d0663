#include "tinytorch/kernels/norm_backward.h"

#include <algorithm>
#include <vector>

namespace tinytorch::kernels {
namespace {

// Products of gradients, weights and sums are made in double: each may be beyond float where the
// gradient, which is divided by the standard deviation, is not.

// Σh/n and Σ(h·x̂)/n.
struct Means {
  double h = 0.0;
  double h_normal = 0.0;
};

double normal_at(const NormBackward& args, std::size_t at, std::size_t group) {
  return static_cast<double>((args.x[at] - args.mean[group]) * args.inverse_std[group]);
}

// h: the gradient of x̂ at `at`, column i of its row.
double scaled_grad(const NormBackward& args, std::size_t at, std::size_t i) {
  const auto g = static_cast<double>(args.grad[at]);
  return args.weight.empty() ? g : g * static_cast<double>(args.weight[i]);
}

Means row_means(const NormBackward& args, std::size_t row, std::size_t size) {
  double sum_h = 0.0;
  double sum_h_normal = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = row * size + i;
    const double h = scaled_grad(args, at, i);
    sum_h += h;
    sum_h_normal += h * normal_at(args, at, row);
  }
  const auto n = static_cast<double>(size);
  return {sum_h / n, sum_h_normal / n};
}

// Sums over one channel of g and g·x̂.
struct ChannelSums {
  double g = 0.0;
  double g_normal = 0.0;
};

ChannelSums channel_sums(const NormBackward& args, const Block& block, std::size_t c) {
  const auto inner = static_cast<std::size_t>(block.inner);
  ChannelSums sums;
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    const std::size_t first = (o * static_cast<std::size_t>(block.size) + c) * inner;
    for (std::size_t at = first; at < first + inner; ++at) {
      const auto g = static_cast<double>(args.grad[at]);
      sums.g += g;
      sums.g_normal += g * normal_at(args, at, c);
    }
  }
  return sums;
}

void channel_grad_x(const NormBackward& args, const Block& block, std::size_t c, Means means) {
  const auto inner = static_cast<std::size_t>(block.inner);
  const double factor = static_cast<double>(args.inverse_std[c]) *
                        (args.weight.empty() ? 1.0 : static_cast<double>(args.weight[c]));
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    const std::size_t first = (o * static_cast<std::size_t>(block.size) + c) * inner;
    for (std::size_t at = first; at < first + inner; ++at) {
      const double g = static_cast<double>(args.grad[at]) - means.h;
      args.grad_x[at] = static_cast<float>(factor * (g - normal_at(args, at, c) * means.h_normal));
    }
  }
}

}  // namespace

void layer_norm_backward(const NormBackward& args, std::int64_t size) {
  const auto width = static_cast<std::size_t>(size);
  std::vector<double> weight_totals(args.grad_weight.size());
  std::vector<double> bias_totals(args.grad_bias.size());
  for (std::size_t row = 0; row < args.mean.size(); ++row) {
    const Means means = args.grad_x.empty() ? Means{} : row_means(args, row, width);
    const auto factor = static_cast<double>(args.inverse_std[row]);
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t at = row * width + i;
      const auto g = static_cast<double>(args.grad[at]);
      const double normal = normal_at(args, at, row);
      if (!weight_totals.empty()) weight_totals[i] += g * normal;
      if (!bias_totals.empty()) bias_totals[i] += g;
      if (!args.grad_x.empty()) {
        const double h = scaled_grad(args, at, i);
        args.grad_x[at] = static_cast<float>(factor * (h - means.h - normal * means.h_normal));
      }
    }
  }
  const auto rounded = [](double total) { return static_cast<float>(total); };
  std::transform(weight_totals.begin(), weight_totals.end(), args.grad_weight.begin(), rounded);
  std::transform(bias_totals.begin(), bias_totals.end(), args.grad_bias.begin(), rounded);
}

void batch_norm_backward(const NormBackward& args, const Block& block, bool batch_statistics) {
  const auto n = static_cast<double>(block.outer * block.inner);
  for (std::size_t c = 0; c < static_cast<std::size_t>(block.size); ++c) {
    const ChannelSums sums = channel_sums(args, block, c);
    if (!args.grad_weight.empty()) args.grad_weight[c] = static_cast<float>(sums.g_normal);
    if (!args.grad_bias.empty()) args.grad_bias[c] = static_cast<float>(sums.g);
    if (args.grad_x.empty()) continue;
    // The weight is one number per channel, so it is taken out of both means.
    Means means;
    if (batch_statistics) {
      means = {sums.g / n, sums.g_normal / n};
    }
    channel_grad_x(args, block, c, means);
  }
}

}  // namespace tinytorch::kernels
