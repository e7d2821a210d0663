#pragma once
// Zeros that take no room: two ways to store a pruned weight, both exact.
// You write this part: sparse_storage.cpp (compression module).
//
// Source: Mishra et al., "Accelerating sparse deep neural networks", 2021, §2 (2:4); Han et al.,
// "Deep compression: compressing deep neural networks with pruning, trained quantization and
// Huffman coding", 2016.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/compression/masks.h"

namespace tinytorch::compression {

// At most n of every m neighbours are not zero.
struct NmPattern {
  int n = 2;
  int m = 4;
  bool operator==(const NmPattern&) const = default;
};

// Throws Error unless 1 <= n < m <= 16, m divides a row of `weight` [out, …], and every value is
// finite. Given, as are the functions below that are no task (sparse_storage_guards.cpp).
void require_n_m(std::string_view operation, const Tensor& weight, NmPattern pattern);
// Throws Error naming the first group that holds more than n values.
void require_at_most_n(std::string_view operation, const Tensor& weight, NmPattern pattern);

// Task: In every group of m neighbours of a row, the n largest magnitudes stay; of equal
// magnitudes the later goes. `weight` is [out, …]; a row is everything behind dimension 0, and
// groups do not reach over its end. Example, 2:4: {1, −4, 2, 3} → {0, 1, 0, 1}. A given line
// refuses what require_n_m() refuses.
Mask n_m_mask(const Tensor& weight, NmPattern pattern);

// What is left of a weight with that pattern: n values a group, and where they stood.
struct NmWeights {
  NmPattern pattern;
  Shape shape;                          // of the dense weight
  std::vector<float> values;            // n a group, in the order of their places
  std::vector<std::uint8_t> positions;  // 0 to m − 1, position_bits(m) bits each, side by side
  std::int64_t bytes() const {
    return static_cast<std::int64_t>(4 * values.size() + positions.size());
  }
};

// No values yet, and room for the places of all: every bit 0.
NmWeights without_values(const Shape& shape, NmPattern pattern);
// The place of value i within its group, read from `positions`.
std::size_t place_of(const NmWeights& weights, std::size_t i);
// Throws Error when values or positions do not have the sizes that shape and pattern ask for, a
// place is m or more, the places of a group do not ascend (of two values in one place the first
// would be lost), or an unused bit is set.
void require_stored_n_m(std::string_view operation, const NmWeights& weights);

// Task: Bits for a place within a group: the smallest b with 2^b >= m. 4 → 2, 5 → 3, 16 → 4.
// A given line refuses m outside 1 to 16.
int position_bits(int m);

// Task: Each group's nonzero values in order; where there are fewer than n, the group's first
// zeros fill up, so that the form is always the same. Position i of all stands in bits i · b … of
// `positions`, b = position_bits(m): bit j of a place is bit (i · b + j) % 8 of byte (i · b + j)
// / 8. Unused bits of the last byte are 0. Example, 2:4: {0, 5, 0, 7} → values {5, 7}, places 1 and
// 3 → bits 01 and 11 → byte 0b1101 = 13; {0, 0, 9, 0} → values {0, 9}, places 0 and 2.
// Given lines refuse what require_n_m() and require_at_most_n() refuse.
NmWeights compress_n_m(const Tensor& weight, NmPattern pattern);

// Task: The dense weight again, equal in every value. A given line refuses what
// require_stored_n_m() refuses.
Tensor expand_n_m(const NmWeights& weights);

// Task: Any sparse tensor as bytes: one bit an element, then the elements that are not zero.
//   dense     elements of `size` bytes each (4 for float, 1 for int8 codes), at most kMaxElement
//   returned  ceil(n / 8) bytes of bits: bit i % 8 of byte i / 8 says whether element i follows;
//             then the bytes of those that do, in order
// An element is left out only when all of its bytes are 0: +0 goes, −0 stays, and what comes back
// is equal bit for bit. Example, size 1: {0, 7, 0, 9} → {0b1010, 7, 9}.
// A given line refuses a size outside 1 to kMaxElement, and one that does not divide the bytes.
inline constexpr std::int64_t kMaxElement = 16;
void require_elements(std::string_view operation, std::string_view dense, std::int64_t size);
std::string encode_bitmap(std::string_view dense, std::int64_t size);

// Task: The `count` elements again. Throws Error when there are too few or too many bytes for
// what the bits announce. So a file can ask for no more memory than 128 times its own size. A given
// line refuses count < 0, a size outside 1 to kMaxElement, fewer bytes than the bits alone take,
// and a bit behind the last element.
void require_bitmap(std::string_view operation, std::string_view coded, std::int64_t count,
                    std::int64_t size);
std::string decode_bitmap(std::string_view coded, std::int64_t count, std::int64_t size);

}  // namespace tinytorch::compression
