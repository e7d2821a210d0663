#pragma once
// One loader a data set. Internal to data/.

#include "tinytorch/pipeline/data/model_data.h"

namespace tinytorch::pipeline {

ModelData load_digit_images(const Recipe& recipe);
ModelData load_fashion_images(const Recipe& recipe);
ModelData load_photos(const Recipe& recipe);
ModelData load_tiny_vmaf(const Recipe& recipe);
ModelData load_text(const Recipe& recipe);
// Inputs of a file, without targets.
ModelData load_file(const Recipe& recipe);

// The seed of everything that is drawn while data is made ready.
inline constexpr std::uint64_t kDataSeed = 20261130;

// Up to `most` numbers of 0 … count − 1, ascending; all where most is 0.
std::vector<std::int64_t> some_rows(std::int64_t count, std::int64_t most, std::uint64_t seed);
// Rows of a tensor as one of their own.
Tensor rows_of(const Tensor& values, const std::vector<std::int64_t>& rows);

}  // namespace tinytorch::pipeline
