#pragma once
// The sums of a convolution, fast: conv2d_int32 bit for bit, and its formula for geometries that it
// does not support. Internal to QuantizedConv2d.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/quantization/int8/detail/depthwise.h"
#include "tinytorch/quantization/int8/int8_gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/output_stage.h"

namespace tinytorch::quantization {

// What a call is about: an image and where its results go. Sums go to `acc`; without `acc` they go
// through `stage` to `codes`.
struct ConvCall {
  const std::int8_t* x;
  kernels::ConvGeometry sizes;  // of one image
  std::int32_t* acc;
  const OutputStage* stage;
  std::int8_t* codes;
  Isa isa;
};

// Weights, arranged once for one of three ways:
//   pointwise   1 × 1 places one after the other are the rows of a matrix already
//   windows     copied into rows, group by group; a group's rows times its packed weights
//   depthwise   as many groups as channels: lines of vectors over channels
class ConvKernel {
 public:
  // Sizes that hold for every image, those of `sizes`' image left out; weight [out,
  // kernel.height, kernel.width, in/groups]; folded_bias [out].
  ConvKernel(const kernels::ConvGeometry& sizes, std::span<const std::int8_t> weight,
             std::span<const std::int32_t> folded_bias, std::int32_t input_zero_point);

  void run(const ConvCall& call) const;

 private:
  struct Group {
    PackedWeights weight;               // windows padded to whole quads
    std::vector<std::int32_t> bias;     // folded
    std::vector<std::int32_t> u8_bias;  // for uint8 codes, 128 higher
  };

  void run_pointwise(const ConvCall& call) const;
  void run_windows(const ConvCall& call) const;
  void window_sums(const ConvCall& call, std::int64_t first, std::int64_t places,
                   std::int32_t* sums) const;
  void run_depthwise(const ConvCall& call) const;

  std::int32_t input_zero_point_;
  bool pointwise_ = false;
  std::vector<Group> groups_;  // empty when depthwise
  DepthwiseWeights depthwise_;
  Group depthwise_bias_;  // its biases alone, a lane each
};

}  // namespace tinytorch::quantization
