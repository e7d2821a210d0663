#pragma once
// The photographs of clothes in data/fashion_mnist: where digits are too easy to tell two methods
// apart.
// Given (fashion_mnist.cpp).

#include "tinytorch/data/dataset.h"

namespace tinytorch::data {

struct FashionMnist {
  TensorDataset train;  // 5,000 images, 500 of each class
  TensorDataset test;   // 1,000 images, 100 of each class
};

// Inputs [n, 784], the pixels of a 28×28 image row by row, scaled to [0, 1]; labels 0 to 9. For
// convolutions view the inputs as [n, 1, 28, 28].
// Throws Error as find_data_file and load_idx do.
FashionMnist load_fashion_mnist();

}  // namespace tinytorch::data
