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
  // BEGIN SOLUTION 16.6
  const auto n = static_cast<std::size_t>(pattern.n);
  const auto m = static_cast<std::size_t>(pattern.m);
  Mask keep(weight.data().size(), 0);
  std::vector<std::size_t> places(m);
  for (std::size_t begin = 0; begin < keep.size(); begin += m) {
    const auto group = weight.data().subspan(begin, m);
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(group[a]) > std::abs(group[b]);
    });
    for (std::size_t i = 0; i < n; ++i) keep[begin + places[i]] = 1;
  }
  return keep;
  // END SOLUTION 16.6
}

int position_bits(int m) {
  require_between("position_bits", "m", m, 1, 16);
  // Double until it is enough.
  // Try it by hand first: 5 → 2 and 4 are too few, 8 is enough: 3.
  // BEGIN SOLUTION 16.6
  int bits = 0;
  while ((1 << bits) < m) ++bits;
  return bits;
  // END SOLUTION 16.6
}

NmWeights compress_n_m(const Tensor& weight, NmPattern pattern) {
  require_n_m("compress_n_m", weight, pattern);
  require_at_most_n("compress_n_m", weight, pattern);
  // Walk through each group and store its nonzero values and, as long as there are fewer than n,
  // its first zeros. Each value goes to `values`, its place to `positions`, bit by bit.
  // Try it by hand first: 2:4 of {0, 0, 9, 0} → one zero fills up: values {0, 9}, places 0 and 2.
  // BEGIN SOLUTION 16.6
  const auto m = static_cast<std::size_t>(pattern.m);
  const int bits = position_bits(pattern.m);
  NmWeights result = without_values(weight.shape(), pattern);
  std::size_t at = 0;  // the next bit
  for (std::size_t begin = 0; begin < weight.data().size(); begin += m) {
    const auto group = weight.data().subspan(begin, m);
    auto fill = std::count(group.begin(), group.end(), 0.0f) - (pattern.m - pattern.n);
    for (std::size_t place = 0; place < m; ++place) {
      if (group[place] == 0.0f && fill-- <= 0) continue;
      result.values.push_back(group[place]);
      for (int b = 0; b < bits; ++b, ++at) {
        std::uint8_t& byte = result.positions[at / 8];
        byte = static_cast<std::uint8_t>(byte | (place >> b & 1U) << at % 8);
      }
    }
  }
  return result;
  // END SOLUTION 16.6
}

Tensor expand_n_m(const NmWeights& weights) {
  require_stored_n_m("expand_n_m", weights);
  // Value i belongs to group i / n; place_of(weights, i) is its place within the group.
  // Try it by hand first: 2:4, values {0, 9}, places 0 and 2 → {0, 0, 9, 0}.
  // BEGIN SOLUTION 16.6
  Tensor dense(weights.shape);
  const auto n = static_cast<std::size_t>(weights.pattern.n);
  const auto m = static_cast<std::size_t>(weights.pattern.m);
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    dense.data()[i / n * m + place_of(weights, i)] = weights.values[i];
  }
  return dense;
  // END SOLUTION 16.6
}
// BEGIN SOLUTION 16.7 helper
namespace {

bool bit_of(std::string_view bits, std::size_t i) {
  return (static_cast<unsigned char>(bits[i / 8]) >> i % 8 & 1U) != 0;
}

}  // namespace
// END SOLUTION 16.7

// TASK 16.7
std::string encode_bitmap(std::string_view dense, std::int64_t size) {
  require_elements("encode_bitmap", dense, size);
  // The bits' bytes first, all 0; then go through the elements: where one has a byte that is not 0,
  // set its bit and append its bytes. Bytes of a std::string are chars, which may be negative: go
  // through unsigned char before you shift.
  // Try it by hand first: size 1, {0, 7, 0, 9} → {0b1010, 7, 9}.
  // BEGIN SOLUTION 16.7
  const auto width = static_cast<std::size_t>(size);
  const std::size_t count = dense.size() / width;
  std::string coded((count + 7) / 8, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view element = dense.substr(i * width, width);
    if (element.find_first_not_of('\0') == element.npos) continue;
    coded[i / 8] = static_cast<char>(static_cast<unsigned char>(coded[i / 8]) | 1U << i % 8);
    coded += element;
  }
  return coded;
  // END SOLUTION 16.7
}

std::string decode_bitmap(std::string_view coded, std::int64_t count, std::int64_t size) {
  require_bitmap("decode_bitmap", coded, count, size);
  // A stranger may have written this. Count the bits that are set before you write: then the length
  // that `coded` must have is known, and nothing is read behind its end.
  // Try it by hand first: {0b1010, 7, 9}, 4 elements of size 1 → {0, 7, 0, 9}.
  // BEGIN SOLUTION 16.7
  const auto elements = static_cast<std::size_t>(count);
  const auto width = static_cast<std::size_t>(size);
  const std::size_t header = (elements + 7) / 8;
  std::size_t set = 0;
  for (std::size_t i = 0; i < elements; ++i) set += bit_of(coded, i) ? 1 : 0;
  if (coded.size() - header != set * width) {
    throw Error(concat("decode_bitmap: ", coded.size() - header, " bytes behind the bits, which ",
                       "announce ", set, " elements of ", size));
  }
  std::string dense(elements * width, '\0');
  std::size_t at = header;
  for (std::size_t i = 0; i < elements; ++i) {
    if (!bit_of(coded, i)) continue;
    dense.replace(i * width, width, coded.substr(at, width));
    at += width;
  }
  return dense;
  // END SOLUTION 16.7
}

}  // namespace tinytorch::compression
