#include "tinytorch/quantization/qat/detail/window_rows.h"

#include <algorithm>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

std::vector<std::int64_t> sampled_places(std::int64_t count, std::int64_t most, Rng& rng) {
  if (most < 1) throw Error(concat("sampled_places: ", most, " places; choose at least 1"));
  std::vector<std::int64_t> places(static_cast<std::size_t>(std::max(count, std::int64_t{0})));
  std::iota(places.begin(), places.end(), 0);
  if (count <= most) return places;
  rng.shuffle(places);
  places.resize(static_cast<std::size_t>(most));
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<float> window_rows(std::span<const float> x, const kernels::ConvSizes& sizes,
                               std::int64_t group, std::span<const std::int64_t> places) {
  const std::int64_t per_image = sizes.out_height * sizes.out_width;
  const std::int64_t pixels = sizes.in_height * sizes.in_width;
  const auto expected = static_cast<std::size_t>(sizes.batch * sizes.in_channels * pixels);
  if (x.size() != expected || group < 0 || group >= sizes.groups) {
    throw Error(concat("window_rows: ", x.size(), " values and group ", group, ", expected ",
                       expected, " values and a group below ", sizes.groups));
  }
  const std::int64_t channels = sizes.in_channels / sizes.groups;
  std::vector<float> rows;
  rows.reserve(places.size() *
               static_cast<std::size_t>(channels * sizes.kernel_height * sizes.kernel_width));
  for (const std::int64_t place : places) {
    if (place < 0 || place >= sizes.batch * per_image) {
      throw Error(concat("window_rows: place ", place, " of ", sizes.batch * per_image));
    }
    const std::int64_t image = place / per_image * sizes.in_channels + group * channels;
    const std::int64_t top = place % per_image / sizes.out_width * sizes.stride - sizes.padding;
    const std::int64_t left = place % sizes.out_width * sizes.stride - sizes.padding;
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t u = top; u < top + sizes.kernel_height; ++u) {
        for (std::int64_t v = left; v < left + sizes.kernel_width; ++v) {
          const bool inside = u >= 0 && u < sizes.in_height && v >= 0 && v < sizes.in_width;
          const std::int64_t at = (image + c) * pixels + u * sizes.in_width + v;
          rows.push_back(inside ? x[static_cast<std::size_t>(at)] : 0.0f);
        }
      }
    }
  }
  return rows;
}

}  // namespace tinytorch::quantization
