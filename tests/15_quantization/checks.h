#pragma once
// What the judge's checks of module 15 share: one list a part, and how inputs are drawn.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/check_draws.h"

namespace checks15 {

using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;
using Sums = std::vector<std::int32_t>;
using checks::integer;
using checks::normals;
using checks::or_error;
using tinytorch::Rng;
using tito::Check;
using tito::Values;

std::vector<Check> affine_checks();
std::vector<Check> observers_checks();
std::vector<Check> integer_linear_checks();
std::vector<Check> int8_gemm_checks();
std::vector<Check> fake_quant_checks();
std::vector<Check> qat_checks();
std::vector<Check> dialects_checks();
std::vector<Check> calibration_checks();
std::vector<Check> repair_checks();
std::vector<Check> adaround_checks();
std::vector<Check> integer_conv_checks();
std::vector<Check> transfer_weights_checks();
std::vector<Check> qat_network_checks();
std::vector<Check> sensitivity_checks();
std::vector<Check> fine_tune_checks();

inline Codes codes(Rng& rng, std::int64_t count, std::int64_t low = -128, std::int64_t high = 127) {
  Codes x(static_cast<std::size_t>(count));
  for (std::int8_t& code : x) code = static_cast<std::int8_t>(integer(rng, low, high));
  return x;
}

// Values of which half lie exactly on ties of a grid with this scale, some beyond its ends.
inline Floats with_ties(Rng& rng, std::int64_t count, float scale) {
  Floats x(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float step = static_cast<float>(integer(rng, -150, 150));
    x[i] = i % 2 == 0 ? (step + 0.5f) * scale : step * scale + rng.uniform(-0.5f, 0.5f) * scale;
  }
  return x;
}

}  // namespace checks15
