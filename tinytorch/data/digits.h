#pragma once
// The handwritten digits of data/digits: the data set of every demo and test.
// Given (digits.cpp).

#include <string>

#include "tinytorch/data/dataset.h"

namespace tinytorch::data {

// 1,797 examples: inputs [1797, 64], the pixels of an 8×8 image row by row, scaled from 0…16 to
// [0, 1]; labels 0 to 9. For convolutions view the inputs as [1797, 1, 8, 8].
// Throws Error naming file and line on anything else than 65 whole numbers in those ranges a line.
TensorDataset load_digits(const std::string& path);

// The same from find_data_file("digits/digits.csv.gz").
TensorDataset load_digits();

}  // namespace tinytorch::data
