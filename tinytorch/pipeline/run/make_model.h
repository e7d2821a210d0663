#pragma once
// Networks from recipes: by name, or layer by layer.

#include <memory>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

// The network with weights drawn from `rng`, in the order in which the layers stand.
//   learned_filter  [N, 1, H, W] → the same shape: conv 3×3 1→w, four residual blocks
//                   (conv, ReLU, conv), conv w→1, added to the input, clamped to [0, 1]; w = 16
//   nr_metric       [N, 1, H, W] → [N, 1]: conv 3×3 of stride 2 to w channels with BN and ReLU6,
//                   five depthwise-separable blocks up to 8w, global average pool, linear; w = 16
//   vmaf_tiny       [N, 6] → [N, 1]: linear layers 6→widths…→1 with ReLU between; widths 16, 8
//   digits_mlp      [N, 1, 8, 8] → [N, 10]: Flatten, linear layers 64→widths…→10; widths 64, 32
//   digits_cnn      [N, 1, 8, 8] → [N, 10]: conv 3×3 1→16, conv 16→32 of stride 2, linear
//   fashion_cnn     [N, 1, 28, 28] → [N, 10]: conv, two residual blocks with BN, pool, linear
//   moby_gpt        [N, T] → [N, T, 256]: a GPT over bytes; widths {layers, heads, width}: 3, 4, 64
// Throws Error naming the recipe and the layer where sizes do not fit.
std::shared_ptr<nn::Module> make_model(const Recipe& recipe, Rng& rng);

}  // namespace tinytorch::pipeline
