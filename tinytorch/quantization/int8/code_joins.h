#pragma once
// What joins several values with different quantization parameters: a product, a maximum, a
// concatenation. Given; sums are in image_ops.h. Codes of images are channels-last.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/code_table.h"
#include "tinytorch/quantization/int8/integer_conv.h"

namespace tinytorch::quantization {

// One sample of a value: an image, or a row of features as `channels` of one pixel.
struct CodeExtent {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t channels = 1;
  bool operator==(const CodeExtent&) const = default;

  std::int64_t codes() const { return height * width * channels; }
};
// Sizes must be equal, or one of them 1, whose value is repeated. Throws Error naming the two.
CodeExtent broadcast_extent(const CodeExtent& a, const CodeExtent& b);

// a · b. Dialect ort, what DequantizeLinear, Mul and QuantizeLinear compute, in float32:
//     out = saturate(rint((a - za)·sa · ((b - zb)·sb) / s) + z)
// Dialect tflite: the integer (a - za)·(b - zb) through requantize_tflite (dialects.h) with the
// multiplier sa·sb/s.
class QuantizedMultiply {
 public:
  // Throws Error on parameters or a range that require_qparams() and require_codes() (qtypes.h)
  // refuse, and when dialect tflite cannot represent the multiplier.
  QuantizedMultiply(const AddGrids& grids, QRange range, Dialect dialect);

  // `batch` samples; out has broadcast_extent(a, b). Throws Error when sizes do not fit.
  void forward(std::span<const std::int8_t> a, const CodeExtent& a_extent,
               std::span<const std::int8_t> b, const CodeExtent& b_extent, std::int64_t batch,
               std::span<std::int8_t> out) const;

  const AddGrids& grids() const { return grids_; }
  QRange output_range() const { return range_; }
  Dialect dialect() const { return dialect_; }

 private:
  AddGrids grids_;
  QRange range_;
  Dialect dialect_;
  FixedPoint multiplier_;
};

// The larger of the two: of their codes with the output's parameters, since rounding keeps the
// order.
class QuantizedMaximum {
 public:
  QuantizedMaximum(const AddGrids& grids, QRange range);
  void forward(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
               std::span<std::int8_t> out) const;
  const AddGrids& grids() const { return grids_; }

 private:
  AddGrids grids_;
  CodeTable of_a_;
  CodeTable of_b_;
};

enum class ConcatAxis { kChannels = 1, kHeight = 2, kWidth = 3 };  // dimensions of [N, C, H, W]

// One value behind the other, each requantized to the output's parameters.
class QuantizedConcat {
 public:
  // Parameters for each input. Throws Error without an input, and on parameters or a range that
  // require_qparams() and require_codes() (qtypes.h) refuse.
  QuantizedConcat(std::vector<QParams> inputs, QParams output, ConcatAxis axis, QRange range);

  // Throws Error naming the sizes that differ along another axis.
  CodeExtent result(std::span<const CodeExtent> parts) const;
  void forward(std::span<const std::span<const std::int8_t>> parts,
               std::span<const CodeExtent> extents, std::int64_t batch,
               std::span<std::int8_t> out) const;

  const std::vector<QParams>& inputs() const { return inputs_; }
  QParams output() const { return output_; }
  ConcatAxis axis() const { return axis_; }

 private:
  std::vector<QParams> inputs_;
  QParams output_;
  ConcatAxis axis_;
  std::vector<CodeTable> tables_;
};

}  // namespace tinytorch::quantization
