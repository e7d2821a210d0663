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

// Task: In every group of m neighbours of a row, the n largest magnitudes stay; of equal ones
// the later goes. `weight` is [out, …]; a row is everything behind dimension 0, and groups do not
// reach over its end. Example, 2:4: {1, −4, 2, 3} → {0, 1, 0, 1}.
// Throws Error unless 1 <= n < m <= 16, when m does not divide the row, or on a weight that is not
// finite.
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

// Task: Bits for a place within a group: the smallest b with 2^b >= m. 4 → 2, 5 → 3, 16 → 4.
// Throws Error unless 1 <= m <= 16.
int position_bits(int m);

// Task: Each group's nonzero values in order; where there are fewer than n, the group's first
// zeros fill up, so that the form is always the same. Position i of all stands in bits i · b … of
// `positions`, b = position_bits(m): bit j of a place is bit (i · b + j) % 8 of byte (i · b + j)
// / 8. Unused bits of the last byte are 0. Example, 2:4: {0, 5, 0, 7} → values {5, 7}, places 1 and
// 3 → bits 01 and 11 → byte 0b1101 = 13; {0, 0, 9, 0} → values {0, 9}, places 0 and 2. Throws Error
// as n_m_mask(), and naming the group when it holds more than n values.
NmWeights compress_n_m(const Tensor& weight, NmPattern pattern);

// Task: The dense weight again, equal in every value. Throws Error when values or positions do
// not have the sizes that shape and pattern ask for, a place is m or more, the places of a group do
// not ascend (of two values in one place the first would be lost), or an unused bit is set.
Tensor expand_n_m(const NmWeights& weights);

// Task: Any sparse tensor as bytes: one bit an element, then the elements that are not zero.
//   dense     elements of `size` bytes each (4 for float, 1 for int8 codes), at most kMaxElement
//   returned  ceil(n / 8) bytes of bits: bit i % 8 of byte i / 8 says whether element i follows;
//             then the bytes of those that do, in order
// An element is left out only when all of its bytes are 0: +0 goes, −0 stays, and what comes back
// is equal bit for bit. Example, size 1: {0, 7, 0, 9} → {0b1010, 7, 9}.
// Throws Error when size is not 1 to kMaxElement or does not divide the number of bytes.
inline constexpr std::int64_t kMaxElement = 16;
std::string encode_bitmap(std::string_view dense, std::int64_t size);

// Task: The `count` elements again. Throws Error when count < 0 or size is not 1 to
// kMaxElement, when there are too few or too many bytes for what the bits announce, or a bit behind
// the last element is set. So a file can ask for no more memory than 128 times its own size.
std::string decode_bitmap(std::string_view coded, std::int64_t count, std::int64_t size);

}  // namespace tinytorch::compression
