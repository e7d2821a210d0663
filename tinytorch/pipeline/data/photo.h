#pragma once
// Grey photographs: read, degraded on purpose, and compared.

#include <string>

#include "tinytorch/core/rng.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::pipeline {

// An 8-bit PGM file ("P5" or "P2", comments allowed), plain or gzip, as [height, width] with values
// v / maxval in [0, 1]. Throws Error "photo.pgm: offset 12: …" on anything else, on sizes beyond
// 16384, and on a file that is cut off or has bytes left over.
Tensor read_pgm(const std::string& path);
// The same from the file's bytes; `name` is what messages call them.
Tensor decode_pgm(std::string_view bytes, const std::string& name);

enum class Degradation { kNone, kBlur, kNoise, kBlocking, kContrast };

// `photo` [height, width] after one of them, clamped to [0, 1]. `level` from 0, nothing, to 1:
//   kBlur      a Gaussian of standard deviation 2.5 · level pixels; the border is repeated
//   kNoise     normal deviates of standard deviation 0.15 · level, from `rng`
//   kBlocking  mean + (1 − 0.9 · level) · (x − mean) in each block of 8 × 8
//   kContrast  0.5 + (1 − 0.7 · level) · (x − 0.5)
Tensor degraded(const Tensor& photo, Degradation kind, float level, Rng& rng);

// The mean structural similarity of two images of one shape with values in [0, 1]: windows of
// 11 × 11, Gaussian of deviation 1.5, those that lie inside; K₁ 0.01, K₂ 0.03 (Wang et al., "Image
// quality assessment: from error visibility to structural similarity", 2004). 1 for equal images.
// Throws Error when the shapes differ or a side is below 11.
double ssim(const Tensor& a, const Tensor& b);

}  // namespace tinytorch::pipeline
