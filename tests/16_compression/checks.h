#pragma once
// What the judge's checks of module 16 share: one list a part, and how inputs are drawn.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/check_draws.h"
#include "tinytorch/nn/module.h"

namespace checks16 {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;
using Ids = std::vector<std::int64_t>;
using checks::integer;
using checks::normals;
using checks::or_error;
using tinytorch::Rng;
using tinytorch::Shape;
using tinytorch::Tensor;
using tito::Check;
using tito::Values;

std::vector<Check> magnitude_checks();
std::vector<Check> gradual_checks();
std::vector<Check> structured_checks();
std::vector<Check> sparse_storage_checks();
std::vector<Check> low_rank_checks();
std::vector<Check> distillation_checks();

// Weights among which many have the same magnitude: multiples of 1/4 from −2 to 2, zeros too.
Floats draw_with_ties(Rng& rng, std::int64_t count);
// A share from 0 to 0.95.
float draw_ratio(Rng& rng);
// "Error" when `action` throws one, "fine" otherwise; then a blank.
std::string outcome_of(const std::function<void()>& action);
// All tensors of a model one after the other, names and shapes with them.
Values state_of(const tinytorch::nn::Module& model);
Floats values_of(const Tensor& tensor);

}  // namespace checks16
