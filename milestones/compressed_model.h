#pragma once
// What is measured of a classifier made small: its files, its accuracy when it is read back from
// the smallest of them, its time. And the table, the JSON and the picture of many.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tinytorch/data/dataset.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::milestones {

struct CompressedRow {
  std::string name;
  double accuracy = 0.0;
  double nonzero = 0.0;           // weights that are not 0
  std::int64_t plain_bytes = 0;   // the safetensors file
  std::int64_t dense_bytes = 0;   // the same, deflated
  std::int64_t bitmap_bytes = 0;  // sparse tensors as bitmaps, deflated
  std::int64_t bytes = 0;         // each tensor in its smallest form, deflated: what is compared
  double us_batch_1 = 0.0;        // per sample
  double us_batch_64 = 0.0;       // per sample
};

// Two lines above the rows that measure_compressed prints.
void print_compressed_head();

// Writes the model into `folder` in the smallest of its forms, under a plain name ("2:4" →
// 2_4.safetensors.gz), reads it back, measures that and prints its row. A float model is left with
// the weights read back, in eval mode.
CompressedRow measure_compressed(const std::string& name, nn::Sequential& model,
                                 const data::TensorDataset& test,
                                 const std::filesystem::path& folder);
CompressedRow measure_compressed(const std::string& name,
                                 const quantization::QuantizedNetwork& model,
                                 const data::TensorDataset& test,
                                 const std::filesystem::path& folder);

// results.json and compressed_digits.svg in `folder`.
void write_compressed_results(const std::vector<CompressedRow>& rows, std::uint64_t seed,
                              double seconds, const std::filesystem::path& folder);

// The models that no other matches in bytes and accuracy and beats in one, smallest first, with
// commas between.
std::string names_on_frontier(const std::vector<CompressedRow>& rows);

}  // namespace tinytorch::milestones
