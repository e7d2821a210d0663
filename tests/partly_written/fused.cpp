// Task 18.7 as one leaves it who wants to see bias_gelu() crash: written, wrong, and not called
// before somebody asks for it. Task 18.8 is a stub.
#include "tinytorch/kernels/acceleration/fused.h"

#include <cstdlib>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {

void bias_gelu(std::span<const float> /*x*/, std::span<const float> /*bias*/,
               std::span<float> /*out*/) {
  // throw tinytorch::not_implemented("18.7");
  std::abort();
}

void scaled_softmax(std::span<const float> /*x*/, std::int64_t /*columns*/, float /*scale*/,
                    bool /*causal*/, std::span<float> out) {
  for (float& value : out) value = 0.25f;
}

void pack_windows(std::span<const float> /*x*/, const ConvSizes& /*sizes*/,
                  PackedFloats& /*packed*/) {
  throw tinytorch::not_implemented("18.8");
}

void conv2d_direct(std::span<const float> /*x*/, std::span<const float> /*weight*/,
                   std::span<const float> /*bias*/, const ConvSizes& /*sizes*/,
                   std::span<float> /*out*/) {
  throw tinytorch::not_implemented("18.8");
}

}  // namespace tinytorch::kernels
