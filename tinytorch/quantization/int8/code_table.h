#pragma once
// A code for each of the 256 codes: what a function of one number, or other quantization
// parameters, make of them is computed once and then looked up. Given.

#include <array>
#include <cstdint>
#include <span>

#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/function.h"

namespace tinytorch::quantization {

class CodeTable {
 public:
  // codes[i] is what becomes of code i - 128. Throws Error unless there are 256.
  explicit CodeTable(std::span<const std::int8_t> codes);

  // y[i] = the code of x[i]; y may be x. Throws Error when the sizes differ.
  void forward(std::span<const std::int8_t> x, std::span<std::int8_t> y) const;
  std::int8_t operator[](std::int32_t code) const {
    const std::int32_t index = code + 128;
    return codes_[static_cast<std::size_t>(index)];
  }
  std::span<const std::int8_t> codes() const { return codes_; }
  bool is_identity() const { return identity_; }

 private:
  std::array<std::int8_t, 256> codes_;
  bool identity_;
};

// table[q] = quantize(f(dequantize(q))), on the two grids, saturating to `range`: rounded half to
// even for networks of either dialect, since nothing is left to round when they run. Throws Error
// on parameters and a range that require_qparams() and require_codes() (qtypes.h) refuse.
CodeTable tabulate(const Function& function, QParams from, QParams to, QRange range);
// table[q] = quantize(dequantize(q)): codes with the parameters `from` as codes with `to`; where
// the two are equal, the code itself, clamped to `range`.
CodeTable requantization_table(QParams from, QParams to, QRange range);

}  // namespace tinytorch::quantization
