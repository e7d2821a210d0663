#include "tinytorch/quantization/arithmetic/sqnr.h"

#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

double sqnr_db(std::span<const float> reference, std::span<const float> approximation) {
  if (reference.size() != approximation.size()) {
    throw Error(concat("sqnr_db: ", reference.size(), " values against ", approximation.size()));
  }
  double signal = 0.0;
  double noise = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (!std::isfinite(reference[i]) || !std::isfinite(approximation[i])) {
      throw Error(
          concat("sqnr_db: value ", i, " is ", reference[i], " against ", approximation[i]));
    }
    const double lost = double{reference[i]} - double{approximation[i]};
    signal += double{reference[i]} * double{reference[i]};
    noise += lost * lost;
  }
  if (signal == 0.0) throw Error("sqnr_db: the reference holds nothing but zeros");
  if (noise == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(signal / noise);
}

}  // namespace tinytorch::quantization
