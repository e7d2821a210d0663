#pragma once
// The IDX format of MNIST and its relatives: a small header, then bytes.
//
// Two zero bytes, a type code (8: unsigned byte), the number of dimensions, one big-endian 32-bit
// size per dimension, then the values in row-major order.
// Given (idx.cpp).

#include <cstdint>
#include <string>
#include <vector>

#include "tinytorch/core/shape.h"
#include "tinytorch/data/dataset.h"

namespace tinytorch::data {

struct IdxArray {
  Shape shape;
  std::vector<std::uint8_t> values;
};

// Reads a plain or gzip file of unsigned bytes. Throws Error naming file and offset when it is no
// IDX file, of another type, or not exactly as long as its header says.
IdxArray read_idx(const std::string& path);

// Images [N, …] scaled from 0…255 to [0, 1] as inputs [N, pixels], with labels [N].
// Throws Error when the counts differ.
TensorDataset load_idx(const std::string& images_path, const std::string& labels_path);

}  // namespace tinytorch::data
