#pragma once
// Splitting data into training and test sets that look alike.
// Written in the dataloader module (split.cpp).

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/rng.h"

namespace tinytorch::data {

struct Split {
  std::vector<std::int64_t> train;  // indices, ascending
  std::vector<std::int64_t> test;   // the others, ascending
};

// Of every class round(count · test_fraction) examples go to the test set, drawn at random, halves
// away from zero; the rest trains. Classes are drawn in ascending order of their label, so the same
// seed gives the same split. Throws Error unless 0 < test_fraction < 1.
Split stratified_split(std::span<const std::int64_t> labels, double test_fraction, Rng& rng);

}  // namespace tinytorch::data
