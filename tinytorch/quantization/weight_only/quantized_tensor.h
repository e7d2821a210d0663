#pragma once
// A weight as it is stored: packed codes of 2 to 8 bits, with a scale for the whole tensor, for
// each output or for each group of neighbours. Given.
//
// A row of 4096 weights with one scale lets its largest weight decide for all of them; a scale for
// every 32 limits the damage to 31 neighbours and costs 32 / 32 = 1 bit a weight. An integer sum
// takes one symmetric scale per output (integer_linear.h), so groups and zero-points are for
// weights that are stored small and dequantized when used (weight_only_linear.h).
//
// Source: Krishnamoorthi 2018, §2.1 and §3.1 (tensor, channel, symmetric or not); Dettmers et al.,
// "QLoRA: Efficient finetuning of quantized LLMs", 2023, §2 (groups, there called blocks).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

struct WeightScheme {
  int bits = 8;  // 2 to 8
  Granularity granularity = Granularity::kPerChannel;
  std::int64_t group_size = 32;  // of kPerGroup
  bool symmetric = true;  // symmetric_range(bits), zero-point 0; else full_range(bits) with one
  bool operator==(const WeightScheme&) const = default;
};

// "4 bits per group of 32, asymmetric".
std::string describe(const WeightScheme& scheme);

// A tensor [rows, …] as rows of `columns` values. With kPerGroup, group g of a row covers columns
// g · group_size up to, but not including, min((g + 1) · group_size, columns): where group_size
// does not divide the columns, the last group of each row is short. Groups never reach into the
// next row.
struct QuantizedTensor {
  Shape shape;
  WeightScheme scheme;
  std::vector<std::uint8_t> codes;       // pack_codes of all values, row-major
  std::vector<float> scales;             // [1], [rows] or [rows, groups_per_row]
  std::vector<std::int8_t> zero_points;  // the same; empty when symmetric

  std::int64_t rows() const { return shape[0]; }
  std::int64_t columns() const { return rows() == 0 ? 0 : shape.numel() / rows(); }
  // ceil(columns / group_size) with kPerGroup, else 1.
  std::int64_t groups_per_row() const;
  // What it takes to store: ceil(rows · columns · bits / 8) for the codes, 4 a scale, 1 a
  // zero-point.
  std::int64_t bytes() const;
  bool operator==(const QuantizedTensor&) const = default;
};

// Dialect ort. The values that share a scale go by themselves: symmetric by
// choose_qparams_symmetric of their largest magnitude, asymmetric by choose_qparams_asymmetric of
// their ends; then quantize(). Zeros and a constant survive the round trip, subnormal numbers get
// kMinScale. Throws Error when the weight has fewer than two dimensions or no values, bits are not
// 2 to 8, group_size < 1 (kPerGroup), or a value is not finite (naming row and column).
QuantizedTensor quantize_tensor(const Tensor& weight, const WeightScheme& scheme);

// The values back, in the same shape. Throws Error when the parts do not fit together.
Tensor dequantize_tensor(const QuantizedTensor& stored);

// Only rows first to first + count: into values [count, columns], without unpacking the others.
// Throws Error when there are no such rows, or values has another size.
void dequantize_rows(const QuantizedTensor& stored, std::int64_t first, std::int64_t count,
                     std::span<float> values);

// Throws Error when scheme, shape and the sizes of the parts do not fit together, or a scale is not
// a positive finite number: what a file is held to.
void require_whole(const QuantizedTensor& stored);

}  // namespace tinytorch::quantization
