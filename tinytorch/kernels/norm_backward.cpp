#include "tinytorch/kernels/norm_backward.h"

#include <algorithm>
#include <vector>

namespace tinytorch::kernels {
namespace {

// Σh/n and Σ(h·x̂)/n.
struct Means {
  float h = 0.0f;
  float h_normal = 0.0f;
};

Means row_means(const NormBackward& args, std::size_t row, std::size_t size) {
  double sum_h = 0.0;
  double sum_h_normal = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = row * size + i;
    const float normal = (args.x[at] - args.mean[row]) * args.inverse_std[row];
    const float h = args.weight.empty() ? args.grad[at] : args.grad[at] * args.weight[i];
    sum_h += static_cast<double>(h);
    sum_h_normal += static_cast<double>(h * normal);
  }
  const auto n = static_cast<double>(size);
  return {static_cast<float>(sum_h / n), static_cast<float>(sum_h_normal / n)};
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
      const float normal = (args.x[at] - args.mean[c]) * args.inverse_std[c];
      sums.g += static_cast<double>(args.grad[at]);
      sums.g_normal += static_cast<double>(args.grad[at] * normal);
    }
  }
  return sums;
}

void channel_grad_x(const NormBackward& args, const Block& block, std::size_t c, Means means) {
  const auto inner = static_cast<std::size_t>(block.inner);
  const float factor = args.inverse_std[c] * (args.weight.empty() ? 1.0f : args.weight[c]);
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    const std::size_t first = (o * static_cast<std::size_t>(block.size) + c) * inner;
    for (std::size_t at = first; at < first + inner; ++at) {
      const float normal = (args.x[at] - args.mean[c]) * args.inverse_std[c];
      args.grad_x[at] = factor * (args.grad[at] - means.h - normal * means.h_normal);
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
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t at = row * width + i;
      const float g = args.grad[at];
      const float normal = (args.x[at] - args.mean[row]) * args.inverse_std[row];
      const float h = args.weight.empty() ? g : g * args.weight[i];
      if (!weight_totals.empty()) weight_totals[i] += static_cast<double>(g * normal);
      if (!bias_totals.empty()) bias_totals[i] += static_cast<double>(g);
      if (!args.grad_x.empty()) {
        args.grad_x[at] = args.inverse_std[row] * (h - means.h - normal * means.h_normal);
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
      means = {static_cast<float>(sums.g / n), static_cast<float>(sums.g_normal / n)};
    }
    channel_grad_x(args, block, c, means);
  }
}

}  // namespace tinytorch::kernels
