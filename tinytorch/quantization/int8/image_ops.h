#pragma once
// Residual sums and pooling, many channels at a time. Given; bit for bit the plain loops of
// integer_conv.h, which Isa::kScalar runs, and the same formulas for windows that those do not
// support: another stride for each axis, another padding for each side.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/integer_conv.h"

namespace tinytorch::quantization {

// A residual sum with its quantization parameters: add_codes() or add_codes_tflite(), everything
// that does not depend on the codes computed beforehand.
class QuantizedAdd {
 public:
  // `activation` narrows `range`. Throws Error on parameters or a range that
  // require_qparams() and require_codes() (qtypes.h) refuse, and when dialect tflite cannot
  // represent a multiplier.
  QuantizedAdd(const AddGrids& grids, QRange range, Dialect dialect,
               Activation activation = Activation::kNone);

  // Throws Error when sizes differ, or in dialect tflite when the machine lacks `isa`.
  void forward(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
               std::span<std::int8_t> out, Isa isa = best_isa()) const;

  const AddGrids& grids() const { return grids_; }
  QRange output_range() const { return range_; }
  Dialect dialect() const { return dialect_; }
  Activation activation() const { return activation_; }

 private:
  AddGrids grids_;
  QRange range_;  // after the activation
  Dialect dialect_;
  Activation activation_;
  FixedPoint of_a_;
  FixedPoint of_b_;
  FixedPoint of_sum_;
};

// max_pool_codes(). Throws Error as it does, and when the machine lacks `isa`.
void max_pool(std::span<const std::int8_t> x, const kernels::ConvGeometry& sizes,
              std::span<std::int8_t> out, Isa isa = best_isa());

// average_pool_codes(). Throws Error as it does, and when the machine lacks `isa`. Without
// count_include_pad the n of its formula is the number of the window's places inside the image;
// then the padding must be smaller than the kernel.
void average_pool(std::span<const std::int8_t> x, std::int32_t zero_point, QRange range,
                  const kernels::ConvGeometry& sizes, Dialect dialect, std::span<std::int8_t> out,
                  Isa isa = best_isa(), bool count_include_pad = true);

}  // namespace tinytorch::quantization
