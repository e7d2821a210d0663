#include "tinytorch/quantization/study/saturation.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int32_t kShift = 128;  // from signed to unsigned codes

// One output of one row, without its bias.
std::int32_t saturating_dot(std::span<const std::int8_t> x, std::span<const std::int8_t> w,
                            SaturationCount& count) {
  std::int32_t sum = 0;
  for (std::size_t k = 0; k < x.size(); k += 2) {
    std::int32_t exact = (x[k] + kShift) * w[k];
    std::int32_t correction = kShift * w[k];
    if (k + 1 < x.size()) {
      exact += (x[k + 1] + kShift) * w[k + 1];
      correction += kShift * w[k + 1];
    }
    const std::int32_t pair = std::clamp(exact, -32768, 32767);
    ++count.pairs;
    if (pair != exact) ++count.saturated;
    sum += pair - correction;
  }
  return sum;
}

}  // namespace

SaturationCount saturating_linear_int32(std::span<const std::int8_t> x,
                                        std::span<const std::int8_t> weight,
                                        std::span<const std::int32_t> bias,
                                        std::span<std::int32_t> acc) {
  const std::size_t out = bias.size();
  const std::size_t in = out == 0 ? 0 : weight.size() / out;
  const std::size_t rows = in == 0 ? 0 : x.size() / in;
  if (in == 0 || weight.size() != out * in || x.size() != rows * in || acc.size() != rows * out) {
    throw Error(concat("saturating_linear_int32: x of ", x.size(), ", weight of ", weight.size(),
                       ", bias of ", out, " and acc of ", acc.size(),
                       " elements do not fit together"));
  }
  if (static_cast<std::int64_t>(in) > kMaxInputFeatures) {
    throw Error(concat("saturating_linear_int32: sums over ", in,
                       " inputs could overflow int32; at most ", kMaxInputFeatures, " are safe"));
  }
  SaturationCount count;
  for (std::size_t n = 0; n < rows; ++n) {
    for (std::size_t o = 0; o < out; ++o) {
      acc[n * out + o] =
          bias[o] + saturating_dot(x.subspan(n * in, in), weight.subspan(o * in, in), count);
    }
  }
  return count;
}

}  // namespace tinytorch::quantization
