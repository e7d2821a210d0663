#pragma once
// Softmax and its logarithm along one dimension.
//
// A Block says how lines run through the tensor (reduce.h): line (o, i) is x[o, 0…size−1, i].
// Both subtract the line's largest value first. That changes nothing in exact arithmetic and keeps
// every exponential at or below 1. The exponentials are added up in double.
// Written in the activations module (softmax.cpp).

#include <span>

#include "tinytorch/kernels/reduce.h"

namespace tinytorch::kernels {

// out[o, s, i] = e^(x[o, s, i] − max) / Σ_t e^(x[o, t, i] − max). out may be x itself.
void softmax(std::span<const float> x, const Block& block, std::span<float> out);

// out[o, s, i] = x[o, s, i] − max − ln Σ_t e^(x[o, t, i] − max). Not ln(softmax): that is −∞ as
// soon as a probability rounds to 0. out may be x itself.
void log_softmax(std::span<const float> x, const Block& block, std::span<float> out);

}  // namespace tinytorch::kernels
