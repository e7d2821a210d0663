#pragma once
// A deployed network: a chain of quantized linear layers that runs on int8 codes from input to
// logits. Given. Made by convert(); the one way into the integer world.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/deployed/quantized_linear.h"

namespace tinytorch::quantization {

class QuantizedModel {
 public:
  // Throws Error when there is no layer, a layer has no output grid yet, a layer's output is not
  // the next one's input, or activation_bits are not 2 to 8.
  QuantizedModel(std::vector<QuantizedLinear> layers, int activation_bits);

  // x [n, in] float → logits [n, out] float: quantize once, run on codes, dequantize once.
  Tensor forward(const Tensor& x) const;
  // Input codes [n, in] → output codes [n, out]. No float on the way.
  std::vector<std::int8_t> forward_codes(std::span<const std::int8_t> x,
                                         Isa isa = best_isa()) const;
  // quantize(): ±infinity become the ends of the codes, NaN the lowest. Look for them where x comes
  // from; behind this they are numbers like any other.
  std::vector<std::int8_t> quantize_input(const Tensor& x) const;
  Tensor dequantize_output(std::span<const std::int8_t> codes) const;

  const std::vector<QuantizedLinear>& layers() const { return layers_; }
  int activation_bits() const { return activation_bits_; }

  // The weights alone, packed at their width: out · in · bits / 8, each layer rounded up.
  std::int64_t weight_bytes() const;

 private:
  void check_input(const Tensor& x) const;

  std::vector<QuantizedLinear> layers_;
  int activation_bits_;
  bool runs_u8_ = false;  // every layer can keep its codes 128 higher
};

}  // namespace tinytorch::quantization
