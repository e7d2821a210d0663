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

std::vector<float> window_rows(std::span<const float> x, const kernels::ConvGeometry& sizes,
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
  rows.reserve(places.size() * static_cast<std::size_t>(channels * sizes.kernel.area()));
  for (const std::int64_t place : places) {
    if (place < 0 || place >= sizes.batch * per_image) {
      throw Error(concat("window_rows: place ", place, " of ", sizes.batch * per_image));
    }
    const std::int64_t image = place / per_image * sizes.in_channels + group * channels;
    const std::int64_t i = place % per_image / sizes.out_width;
    const std::int64_t j = place % sizes.out_width;
    const std::int64_t top = i * sizes.stride.height - sizes.padding.top;
    const std::int64_t left = j * sizes.stride.width - sizes.padding.left;
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t u = 0; u < sizes.kernel.height; ++u) {
        const std::int64_t row = top + u * sizes.dilation.height;
        for (std::int64_t v = 0; v < sizes.kernel.width; ++v) {
          const std::int64_t column = left + v * sizes.dilation.width;
          const bool inside =
              row >= 0 && row < sizes.in_height && column >= 0 && column < sizes.in_width;
          const std::int64_t at = (image + c) * pixels + row * sizes.in_width + column;
          rows.push_back(inside ? x[static_cast<std::size_t>(at)] : 0.0f);
        }
      }
    }
  }
  return rows;
}

}  // namespace tinytorch::quantization
