#pragma once
// What the judge's checks of module 18 share.

#include <vector>

#include "tests/support/check_draws.h"

namespace checks18 {

using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;
using checks::integer;
using checks::normals;
using checks::or_error;
using tinytorch::Rng;
using tito::Check;
using tito::Values;

Codes draw_codes(Rng& rng, std::int64_t count);  // of all 256

std::vector<Check> product_checks();      // 18.1 to 18.4 and 18.6
std::vector<Check> int8_checks();         // 18.5
std::vector<Check> fused_checks();        // 18.7
std::vector<Check> convolution_checks();  // 18.8
std::vector<Check> autotune_checks();     // 18.9
std::vector<Check> int8_ladder_checks();  // 18.10 to 18.12

}  // namespace checks18
