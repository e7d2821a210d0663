#pragma once
// The deployed network, of any shape: linear layers, convolutions, sums, products, pooling and
// functions of one number, on int8 codes from input to logits. Given; convert() makes one of a
// chain of linear layers, convert_network() of anything else.
//
// Values are numbered: 0 is the network's input, i + 1 the result of node i. Codes of images are
// channels-last; behind a Flatten the columns of a linear layer's weight stand in that order too.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/deployed/quantized_node.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

// One value: its shape for a single sample, and what its codes mean.
struct NetworkValue {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  bool flat = false;  // features rather than an image
  // Features in the order (h, w, c) of a Flatten where the float network has (c, h, w): only a
  // linear layer whose columns were reordered can read them.
  bool reordered = false;
  QParams grid;
  std::int64_t offset = 0;  // in the arena, for a batch of one

  std::int64_t codes() const { return channels * height * width; }
  CodeExtent extent() const { return {height, width, channels}; }
  ImageSize image(std::int64_t batch) const { return {batch, height, width}; }
};

// Of one value, for one sample: 16 GiB. Sizes beyond come from damaged files.
inline constexpr std::int64_t kMostCodes = std::int64_t{1} << 34;

class QuantizedNetwork {
 public:
  // `sample` is one input without the batch: [C, H, W] or [features]. Checks every node: throws
  // Error naming it, and its producer, when it reads a value that does not exist yet, another
  // number of channels or another grid than is written there, speaks another dialect, when a
  // window does not fit the image or a maximum's could lie outside of it, when a linear layer reads
  // an image, a convolution or a pool features, or a sum reordered ones, or when a value has more
  // codes than kMostCodes. Throws Error too when require_qparams() refuses the input's parameters
  // or activation_bits are not 2 to 8.
  QuantizedNetwork(const Shape& sample, QParams input, int activation_bits, Dialect dialect,
                   std::vector<QuantizedNode> nodes);

  // x [N, C, H, W] or [n, features] float → logits: quantize once, run on codes, dequantize once.
  Tensor forward(const Tensor& x) const;
  // Channels-last input codes → channels-last output codes, of as many samples as there are. No
  // float on the way in dialect tflite; in dialect ort only the multipliers of sums and products
  // are floats. Float islands (float_islands()) are the exception in both. Linear layers in a row
  // run on uint8 codes, 128 higher, where the CPU multiplies those: the same codes.
  std::vector<std::int8_t> forward_codes(std::span<const std::int8_t> x,
                                         Isa isa = best_isa()) const;
  // quantize(): ±infinity become the ends of the codes, NaN the lowest. Look for them where x comes
  // from: as codes they can no longer be recognized.
  std::vector<std::int8_t> quantize_input(const Tensor& x) const;
  // Throws Error unless `codes` are whole outputs.
  Tensor dequantize_output(std::span<const std::int8_t> codes) const;
  // The codes of value `index` alone, for comparing networks layer by layer.
  std::vector<std::int8_t> value_codes(std::span<const std::int8_t> x, std::size_t index,
                                       Isa isa = best_isa()) const;

  const std::vector<QuantizedNode>& nodes() const { return nodes_; }
  const std::vector<NetworkValue>& values() const { return values_; }
  const Shape& sample() const { return sample_; }
  int activation_bits() const { return activation_bits_; }
  Dialect dialect() const { return dialect_; }

  // The weights alone, packed at their width, each layer rounded up to bytes.
  std::int64_t weight_bytes() const;
  // Most bytes of activations alive at once for one sample: the arena's size, in which values
  // that are never needed together share bytes. A convolution's own scratch rows are not in it.
  std::int64_t activation_bytes() const { return arena_; }

 private:
  NetworkValue value_after(std::size_t index) const;
  void plan();
  void find_chains();
  std::size_t u8_layers(std::size_t first, Isa isa) const;
  std::span<std::int8_t> value_in(std::span<std::int8_t> arena, std::size_t value,
                                  std::int64_t batch) const;
  void run_node(std::size_t index, std::int64_t batch, std::span<std::int8_t> arena, Isa isa) const;
  void check_input(const Tensor& x) const;
  std::int64_t batch_of(std::span<const std::int8_t> x) const;

  Shape sample_;
  int activation_bits_;
  Dialect dialect_;
  std::vector<QuantizedNode> nodes_;
  std::vector<NetworkValue> values_;
  // How many linear layers begin at each node, each reading what the one before it wrote and nobody
  // else reads; 0 where no chain begins.
  std::vector<std::size_t> chain_;
  std::int64_t arena_ = 0;
};

}  // namespace tinytorch::quantization
