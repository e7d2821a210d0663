#include <algorithm>
#include <cmath>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/data/photo.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::int64_t kBlock = 8;

std::vector<float> gaussian(double deviation, std::int64_t radius) {
  std::vector<float> weights;
  double total = 0.0;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    const double x = static_cast<double>(i) / deviation;
    weights.push_back(static_cast<float>(std::exp(-0.5 * x * x)));
    total += weights.back();
  }
  for (float& weight : weights) weight = static_cast<float>(weight / total);
  return weights;
}

// Along one axis; `step` is the distance of neighbours, `lines` how the others begin.
void blur_line(std::span<const float> from, std::span<float> to, std::int64_t begin,
               std::int64_t step, std::int64_t count, std::span<const float> weights) {
  const auto radius = static_cast<std::int64_t>(weights.size() / 2);
  for (std::int64_t i = 0; i < count; ++i) {
    float sum = 0.0f;
    for (std::int64_t k = -radius; k <= radius; ++k) {
      const std::int64_t at = std::clamp<std::int64_t>(i + k, 0, count - 1);
      sum += weights[static_cast<std::size_t>(k + radius)] *
             from[static_cast<std::size_t>(begin + at * step)];
    }
    to[static_cast<std::size_t>(begin + i * step)] = sum;
  }
}

Tensor blurred(const Tensor& photo, double deviation) {
  const auto radius = static_cast<std::int64_t>(std::ceil(3.0 * deviation));
  const std::vector<float> weights = gaussian(deviation, radius);
  const std::int64_t height = photo.size(0);
  const std::int64_t width = photo.size(1);
  Tensor rows(photo.shape());
  Tensor both(photo.shape());
  for (std::int64_t y = 0; y < height; ++y)
    blur_line(photo.data(), rows.data(), y * width, 1, width, weights);
  for (std::int64_t x = 0; x < width; ++x)
    blur_line(std::as_const(rows).data(), both.data(), x, width, height, weights);
  return both;
}

void flatten_blocks(Tensor& photo, float share) {
  const std::int64_t width = photo.size(1);
  const auto values = photo.data();
  for (std::int64_t top = 0; top < photo.size(0); top += kBlock) {
    for (std::int64_t left = 0; left < width; left += kBlock) {
      const std::int64_t bottom = std::min(top + kBlock, photo.size(0));
      const std::int64_t right = std::min(left + kBlock, width);
      const auto each = [&](const auto& work) {
        for (std::int64_t y = top; y < bottom; ++y)
          for (std::int64_t x = left; x < right; ++x)
            work(values[static_cast<std::size_t>(y * width + x)]);
      };
      float sum = 0.0f;
      each([&](float v) { sum += v; });
      const float mean = sum / static_cast<float>((bottom - top) * (right - left));
      each([&](float& v) { v = mean + (1.0f - share) * (v - mean); });
    }
  }
}

}  // namespace

Tensor degraded(const Tensor& photo, Degradation kind, float level, Rng& rng) {
  if (photo.ndim() != 2)
    throw Error(concat("degraded: photo ", to_string(photo.shape()), " is not [height, width]"));
  if (!(level >= 0.0f && level <= 1.0f))
    throw Error(concat("degraded: level ", level, ", expected 0 to 1"));
  Tensor result = photo.clone();
  if (level == 0.0f || kind == Degradation::kNone) return result;
  if (kind == Degradation::kBlur) result = blurred(photo, 2.5 * level);
  if (kind == Degradation::kBlocking) flatten_blocks(result, 0.9f * level);
  for (float& v : result.data()) {
    if (kind == Degradation::kNoise) v += rng.normal(0.0f, 0.15f * level);
    if (kind == Degradation::kContrast) v = 0.5f + (1.0f - 0.7f * level) * (v - 0.5f);
    v = std::clamp(v, 0.0f, 1.0f);
  }
  return result;
}

double ssim(const Tensor& a, const Tensor& b) {
  constexpr std::int64_t kRadius = 5;
  constexpr double kC1 = 0.01 * 0.01;
  constexpr double kC2 = 0.03 * 0.03;
  if (!(a.shape() == b.shape()) || a.ndim() != 2 || a.size(0) <= 2 * kRadius ||
      a.size(1) <= 2 * kRadius) {
    throw Error(concat("ssim: images ", to_string(a.shape()), " and ", to_string(b.shape()),
                       ", expected one shape of at least 11 x 11"));
  }
  const std::vector<float> weights = gaussian(1.5, kRadius);
  const std::int64_t width = a.size(1);
  const auto x = a.data();
  const auto y = b.data();
  double total = 0.0;
  std::int64_t count = 0;
  for (std::int64_t i = kRadius; i < a.size(0) - kRadius; ++i) {
    for (std::int64_t j = kRadius; j < width - kRadius; ++j) {
      double mx = 0.0, my = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;
      for (std::int64_t u = -kRadius; u <= kRadius; ++u) {
        for (std::int64_t v = -kRadius; v <= kRadius; ++v) {
          const double w = double{weights[static_cast<std::size_t>(u + kRadius)]} *
                           weights[static_cast<std::size_t>(v + kRadius)];
          const double p = x[static_cast<std::size_t>((i + u) * width + j + v)];
          const double q = y[static_cast<std::size_t>((i + u) * width + j + v)];
          mx += w * p;
          my += w * q;
          xx += w * p * p;
          yy += w * q * q;
          xy += w * p * q;
        }
      }
      total += (2.0 * mx * my + kC1) * (2.0 * (xy - mx * my) + kC2) /
               ((mx * mx + my * my + kC1) * (xx - mx * mx + yy - my * my + kC2));
      ++count;
    }
  }
  return total / static_cast<double>(count);
}

}  // namespace tinytorch::pipeline
