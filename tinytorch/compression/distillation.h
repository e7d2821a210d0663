#pragma once
// Distillation: a small network learns from a large one's opinions, not only from the answers.
// You write this part: distillation.cpp (compression module), with the operations of ops.h, so
// that the gradient comes by itself.
// Source: Hinton et al., "Distilling the knowledge in a neural network", 2015.

#include <cstdint>
#include <span>
#include <string_view>

#include "tinytorch/core/tensor.h"

namespace tinytorch::compression {

// Below the first, dividing by the temperature leaves float's range; above the second, the
// probabilities are so flat that T² times their rounding errors is larger than the loss.
inline constexpr float kMinTemperature = 0.01f;
inline constexpr float kMaxTemperature = 100.0f;
// A larger logit means that training blew up.
inline constexpr float kMaxLogit = 1e30f;

struct Distillation {
  float temperature = 4.0f;  // how much the probabilities are flattened
  float soft = 0.9f;         // share of the teacher in the loss, 0 to 1
};

// Throws Error unless both are [N, C] of the same shape with N >= 1, temperature is from
// kMinTemperature to kMaxTemperature, soft from 0 to 1, and every logit within ±kMaxLogit. Given.
void require_distillation(std::string_view operation, const Tensor& student, const Tensor& teacher,
                          const Distillation& options);

// Task: With p = softmax(teacher / T) and q = softmax(student / T), rows of [N, C]:
//     soft · T² · (1/N) · Σ_n Σ_c p · (ln p − ln q)  +  (1 − soft) · cross_entropy(student, labels)
// The first term is the Kullback–Leibler divergence: 0 when both agree. Dividing by T makes its
// gradient smaller by T²; the factor makes up for that, so that `soft` means the same at every
// temperature. The second term has no temperature.
// No gradient reaches the teacher. Logits up to kMaxLogit give a finite loss: take
// ops::log_softmax, not the logarithm of a softmax.
// Throws Error as losses::cross_entropy does for labels, also where soft is 1. A given line refuses
// what require_distillation() refuses.
Tensor distillation_loss(const Tensor& student, const Tensor& teacher,
                         std::span<const std::int64_t> labels, const Distillation& options);

}  // namespace tinytorch::compression
