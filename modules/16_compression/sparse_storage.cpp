// Part 4 of module 16: zeros that take no room.
#include "tinytorch/compression/sparse_storage.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::compression {

// TASK 16.6
Mask n_m_mask(const Tensor& weight, NmPattern pattern) {
  // Rows are a multiple of m long, so groups are simply m neighbours of weight.data(). In each, a
  // small stable sort by magnitude, as in keep_largest().
  // Try it by hand first: 2:4 of {1, -4, 2, 3} → {0, 1, 0, 1}; of {5, 5, 5, 5} → {1, 1, 0, 0}.
  throw tinytorch::not_implemented("16.6");
}

int position_bits(int m) {
  // Double until it is enough.
  throw tinytorch::not_implemented("16.6");
}

NmWeights compress_n_m(const Tensor& weight, NmPattern pattern) {
  // Which n places of a group are stored: those with a nonzero value, then the first zeros until
  // there are n; in the order in which they stand. Their values go to `values`, their numbers to
  // `positions`, bit by bit.
  throw tinytorch::not_implemented("16.6");
}

Tensor expand_n_m(const NmWeights& weights) {
  // Value i belongs to group i / n; its place within the group stands in bits i · b on.
  throw tinytorch::not_implemented("16.6");
}

// TASK 16.7
std::string encode_bitmap(std::string_view dense, std::int64_t size) {
  // The bits' bytes first, all 0; then go through the elements: where one has a byte that is not 0,
  // set its bit and append its bytes. Bytes of a std::string are chars, which may be negative: go
  // through unsigned char before you shift.
  // Try it by hand first: size 1, {0, 7, 0, 9} → {0b1010, 7, 9}.
  throw tinytorch::not_implemented("16.7");
}

std::string decode_bitmap(std::string_view coded, std::int64_t count, std::int64_t size) {
  // Count the bits that are set before you write: then the length that `coded` must have is known,
  // and nothing is read behind its end.
  throw tinytorch::not_implemented("16.7");
}

}  // namespace tinytorch::compression
