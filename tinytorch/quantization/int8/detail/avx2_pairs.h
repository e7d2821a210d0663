#pragma once
// Internal to the AVX2 kernels.

#include <immintrin.h>

namespace tinytorch::quantization {

// vpmaddwd leaves two partial sums of each output side by side; two vectors of 4 outputs become one
// of 8. vphaddd works within 128-bit halves, the permutation puts the outputs back in order.
[[gnu::target("avx2")]] inline __m256i add_pairs(__m256i low, __m256i high) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0b11011000);
}

}  // namespace tinytorch::quantization
