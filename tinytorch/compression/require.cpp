#include "tinytorch/compression/require.h"

#include <cmath>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {

void require_ratio(std::string_view operation, double ratio) {
  if (ratio >= 0.0 && ratio < 1.0) return;
  throw Error(concat(operation, ": ratio must be at least 0 and less than 1, got ", ratio));
}

void require_ratio(std::string_view operation, double ratio, std::int64_t count,
                   std::string_view what) {
  require_ratio(operation, ratio);
  const double all = static_cast<double>(count);
  if (count > 0 && std::nearbyint(all * ratio) < all) return;
  throw Error(concat(operation, ": ratio ", ratio, " would leave none of ", count, " ", what));
}

void require_rows(std::string_view operation, const Tensor& weight) {
  if (weight.ndim() >= 2 && weight.numel() > 0) return;
  throw Error(
      concat(operation, ": weight must be [out, …] with values, got ", to_string(weight.shape())));
}

void require_channels(std::string_view operation, std::span<const std::int64_t> channels,
                      std::int64_t count) {
  if (channels.empty()) throw Error(concat(operation, ": no channel would stay of ", count));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    require_between(operation, "channel", channels[i], 0, count - 1);
    if (i == 0 || channels[i] > channels[i - 1]) continue;
    throw Error(
        concat(operation, ": channels must ascend, got ", channels[i], " after ", channels[i - 1]));
  }
}

void require_input_channels(std::string_view operation, const Tensor& weight,
                            std::span<const std::int64_t> channels, std::int64_t width) {
  require_rows(operation, weight);
  require_at_least(operation, "width", width, 1);
  const std::int64_t inputs = weight.size(1);
  if (inputs % width != 0)
    throw Error(
        concat(operation, ": ", inputs, " inputs must divide evenly into blocks of ", width));
  require_channels(operation, channels, inputs / width);
}

void require_singular_values(std::string_view operation, std::span<const float> values) {
  require_finite(operation, "singular value", values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= 0.0f && (i == 0 || values[i] <= values[i - 1])) continue;
    throw Error(concat(operation, ": singular values must be at least 0 and descend, got ",
                       values[i], " at ", i));
  }
}

void require_layer_size(std::string_view operation, std::int64_t in, std::int64_t out) {
  if (in < 1 || out < 1)
    throw Error(concat(operation, ": a layer ", in, " × ", out,
                       " must have at least one input and one output"));
  if (!checked_product({2, in, out}))
    throw Error(
        concat(operation, ": the weights of a layer ", in, " × ", out, " must fit in 64 bits"));
}

}  // namespace tinytorch::compression
