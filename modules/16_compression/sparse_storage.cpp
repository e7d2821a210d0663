// Part 4 of module 16: zeros that take no room.
#include "tinytorch/compression/sparse_storage.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {

// TASK 16.6
Mask n_m_mask(const Tensor& weight, NmPattern pattern) {
  require_n_m("n_m_mask", weight, pattern);
  // Rows are a multiple of m long, so groups are simply m neighbours of weight.data(). In each, a
  // small stable sort by magnitude, as in keep_largest().
  // Try it by hand first: 2:4 of {1, -4, 2, 3} → {0, 1, 0, 1}; of {5, 5, 5, 5} → {1, 1, 0, 0}.
  throw tinytorch::not_implemented("16.6");
}

int position_bits(int m) {
  require_between("position_bits", "m", m, 1, 16);
  // Double until it is enough.
  // Try it by hand first: 5 → 2 and 4 are too few, 8 is enough: 3.
  throw tinytorch::not_implemented("16.6");
}

NmWeights compress_n_m(const Tensor& weight, NmPattern pattern) {
  require_n_m("compress_n_m", weight, pattern);
  require_at_most_n("compress_n_m", weight, pattern);
  // Walk through each group and store its nonzero values and, as long as there are fewer than n,
  // its first zeros. Each value goes to `values`, its place to `positions`, bit by bit.
  // Try it by hand first: 2:4 of {0, 0, 9, 0} → one zero fills up: values {0, 9}, places 0 and 2.
  throw tinytorch::not_implemented("16.6");
}

Tensor expand_n_m(const NmWeights& weights) {
  require_stored_n_m("expand_n_m", weights);
  // Value i belongs to group i / n; place_of(weights, i) is its place within the group.
  // Try it by hand first: 2:4, values {0, 9}, places 0 and 2 → {0, 0, 9, 0}.
  throw tinytorch::not_implemented("16.6");
}

// TASK 16.7
std::string encode_bitmap(std::string_view dense, std::int64_t size) {
  require_elements("encode_bitmap", dense, size);
  // The bits' bytes first, all 0; then go through the elements: where one has a byte that is not 0,
  // set its bit and append its bytes. Bytes of a std::string are chars, which may be negative: go
  // through unsigned char before you shift.
  // Try it by hand first: size 1, {0, 7, 0, 9} → {0b1010, 7, 9}.
  throw tinytorch::not_implemented("16.7");
}

std::string decode_bitmap(std::string_view coded, std::int64_t count, std::int64_t size) {
  require_bitmap("decode_bitmap", coded, count, size);
  // A stranger may have written this. Count the bits that are set before you write: then the length
  // that `coded` must have is known, and nothing is read behind its end.
  // Try it by hand first: {0b1010, 7, 9}, 4 elements of size 1 → {0, 7, 0, 9}.
  throw tinytorch::not_implemented("16.7");
}

}  // namespace tinytorch::compression
