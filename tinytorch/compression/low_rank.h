#pragma once
// Low-rank factorization: one wide layer becomes two narrow ones.
// You write this part: low_rank.cpp (compression module).
//
// W [out, in] ≈ U_r · diag(s_1 … s_r) · V_rᵀ. No matrix of rank r comes nearer (Eckart & Young,
// 1936), and how near it comes is known before it is built: ‖W − W_r‖² = Σ_{i > r} s_i².
// Source: Denton et al., "Exploiting linear structure within convolutional networks for efficient
// evaluation", 2014.

#include <cstdint>
#include <memory>
#include <span>

#include "tinytorch/compression/svd.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::compression {

// Task: The smallest rank r >= 1 whose singular values hold the share `energy` of all:
//     Σ_{i < r} s_i² >= energy · Σ s_i²     in double, summed from the first on
// Example: s {4, 2, 1, 0}, squares 16 4 1 0: energy 0.95 → 16 + 4 = 20 >= 19.95 → 2. All zero: 1.
// Given lines refuse an energy outside 0 < energy <= 1, no values, and values that are negative,
// not finite, or do not descend.
std::int64_t rank_for_energy(std::span<const float> singular_values, double energy);

// Task: The Frobenius norm of what a rank leaves out: √(Σ_{i >= rank} s_i²).
// Example: s {4, 2, 1, 0}, rank 1 → √5. Given lines refuse a rank outside 0 to the number of values
// and values that rank_for_energy() refuses; no values at all are 0.
double discarded_norm(std::span<const float> singular_values, std::int64_t rank);

// Task: The largest rank that saves weights: rank · (in + out) < in · out. 0 when none does.
// Example: 64 and 32 → 2048 / 96 = 21.33 → 21. 12 and 4 → 48 / 16 = 3, which saves nothing → 2.
// A given line refuses sizes below 1, and layers so large that 2 · in · out leaves 64 bits.
std::int64_t largest_saving_rank(std::int64_t in, std::int64_t out);

// Task: Two layers in the place of one, computing U_r · diag(s) · V_rᵀ · x + b:
//     layer 0: Linear(in, rank) without bias, weight[i, :] = √s_i · vt[i, :]
//     layer 1: Linear(rank, out), weight[:, i] = u[:, i] · √s_i, the layer's own bias if it has one
// The root is shared out so that both have weights of similar size. A given line refuses a rank
// outside 1 to min(in, out).
std::shared_ptr<nn::Sequential> factorize(const nn::Linear& layer, std::int64_t rank);

}  // namespace tinytorch::compression
