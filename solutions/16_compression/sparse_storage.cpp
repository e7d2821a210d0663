// Part 4 of module 16: zeros that take no room.
#include "tinytorch/compression/sparse_storage.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::compression {
// BEGIN SOLUTION 16.6 helper
namespace {

void check_pattern(const Shape& shape, NmPattern pattern) {
  const auto [n, m] = pattern;
  if (n < 1 || n >= m || m > 16) {
    throw Error(concat("n_m: pattern ", n, ":", m, "; expected 1 <= n < m <= 16"));
  }
  if (shape.ndim() < 2 || shape.numel() == 0) {
    throw Error(concat("n_m: weight ", to_string(shape), "; expected [out, …]"));
  }
  const std::int64_t row = shape.numel() / shape[0];
  if (row % m != 0) {
    throw Error(concat("n_m: rows of ", row, " weights cannot be cut into groups of ", m));
  }
}

void check_finite(std::span<const float> all) {
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (!std::isfinite(all[at])) throw Error(concat("n_m: weight[", at, "] is ", all[at]));
  }
}

// Places 0 … m − 1 with those first for which `less` says so, otherwise in order.
template <typename Less>
std::vector<std::size_t> ordered_places(int m, Less less) {
  std::vector<std::size_t> places(static_cast<std::size_t>(m));
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::stable_sort(places.begin(), places.end(), less);
  return places;
}

}  // namespace
// END SOLUTION 16.6

// TASK 16.6
Mask n_m_mask(const Tensor& weight, NmPattern pattern) {
  // Rows are a multiple of m long, so groups are simply m neighbours of weight.data(). In each, a
  // small stable sort by magnitude, as in keep_largest().
  // Try it by hand first: 2:4 of {1, -4, 2, 3} → {0, 1, 0, 1}; of {5, 5, 5, 5} → {1, 1, 0, 0}.
  // BEGIN SOLUTION 16.6
  check_pattern(weight.shape(), pattern);
  const std::span<const float> values = weight.data();
  check_finite(values);
  const auto n = static_cast<std::size_t>(pattern.n);
  const auto m = static_cast<std::size_t>(pattern.m);
  Mask keep(values.size(), 0);
  for (std::size_t begin = 0; begin < values.size(); begin += m) {
    const auto group = values.subspan(begin, m);
    const auto places = ordered_places(pattern.m, [&](std::size_t a, std::size_t b) {
      return std::abs(group[a]) > std::abs(group[b]);
    });
    for (std::size_t i = 0; i < n; ++i) keep[begin + places[i]] = 1;
  }
  return keep;
  // END SOLUTION 16.6
}

int position_bits(int m) {
  // Double until it is enough.
  // BEGIN SOLUTION 16.6
  if (m < 1 || m > 16) throw Error(concat("position_bits: groups of ", m, "; expected 1 to 16"));
  int bits = 0;
  while ((1 << bits) < m) ++bits;
  return bits;
  // END SOLUTION 16.6
}
// BEGIN SOLUTION 16.6 helper
namespace {

void put_bits(std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t value, int bits) {
  for (int b = 0; b < bits; ++b, ++at) {
    if ((value >> b & 1U) != 0)
      bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | 1U << at % 8);
  }
}

std::size_t get_bits(std::span<const std::uint8_t> bytes, std::size_t at, int bits) {
  std::size_t value = 0;
  for (int b = 0; b < bits; ++b, ++at) {
    value |= static_cast<std::size_t>(bytes[at / 8] >> at % 8 & 1U) << b;
  }
  return value;
}

std::size_t position_bytes(std::size_t values, int m) {
  return (values * static_cast<std::size_t>(position_bits(m)) + 7) / 8;
}

}  // namespace
// END SOLUTION 16.6

NmWeights compress_n_m(const Tensor& weight, NmPattern pattern) {
  // Which n places of a group are stored: those with a nonzero value, then the first zeros until
  // there are n; in the order in which they stand. Their values go to `values`, their numbers to
  // `positions`, bit by bit.
  // BEGIN SOLUTION 16.6
  check_pattern(weight.shape(), pattern);
  const std::span<const float> all = weight.data();
  check_finite(all);
  const auto n = static_cast<std::ptrdiff_t>(pattern.n);
  const auto m = static_cast<std::size_t>(pattern.m);
  const int bits = position_bits(pattern.m);
  const std::size_t stored = all.size() / m * static_cast<std::size_t>(n);
  NmWeights result{
      pattern, weight.shape(), {}, std::vector<std::uint8_t>(position_bytes(stored, pattern.m), 0)};
  for (std::size_t begin = 0; begin < all.size(); begin += m) {
    const auto group = all.subspan(begin, m);
    const auto nonzero = [&](std::size_t place) { return group[place] != 0.0f; };
    auto places = ordered_places(
        pattern.m, [&](std::size_t a, std::size_t b) { return nonzero(a) && !nonzero(b); });
    if (nonzero(places[static_cast<std::size_t>(n)])) {
      throw Error(concat("n_m: group ", begin / m, " holds more than ", n, " of ", m,
                         " values; apply n_m_mask first"));
    }
    std::sort(places.begin(), places.begin() + n);
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      const std::size_t place = places[static_cast<std::size_t>(i)];
      put_bits(result.positions, result.values.size() * static_cast<std::size_t>(bits), place,
               bits);
      result.values.push_back(group[place]);
    }
  }
  return result;
  // END SOLUTION 16.6
}

Tensor expand_n_m(const NmWeights& weights) {
  // Value i belongs to group i / n; its place within the group stands in bits i · b on.
  // BEGIN SOLUTION 16.6
  check_pattern(weights.shape, weights.pattern);
  const auto n = static_cast<std::size_t>(weights.pattern.n);
  const auto m = static_cast<std::size_t>(weights.pattern.m);
  const auto count = static_cast<std::size_t>(weights.shape.numel());
  if (weights.values.size() != count / m * n ||
      weights.positions.size() != position_bytes(weights.values.size(), weights.pattern.m)) {
    throw Error(concat("expand_n_m: ", weights.values.size(), " values and ",
                       weights.positions.size(), " bytes of places for ", to_string(weights.shape),
                       " in ", n, ":", m));
  }
  Tensor dense(weights.shape);
  std::size_t before = 0;  // the place of the value before
  const int bits = position_bits(weights.pattern.m);
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const std::size_t place = get_bits(weights.positions, i * static_cast<std::size_t>(bits), bits);
    if (place >= m) throw Error(concat("expand_n_m: value ", i, " at place ", place, " of ", m));
    if (i % n != 0 && place <= before) {
      throw Error(concat("expand_n_m: value ", i, " at place ", place, " behind one at ", before,
                         "; the places of a group ascend"));
    }
    before = place;
    dense.data()[i / n * m + place] = weights.values[i];
  }
  for (std::size_t at = weights.values.size() * static_cast<std::size_t>(bits);
       at < 8 * weights.positions.size(); ++at) {
    if (get_bits(weights.positions, at, 1) != 0) {
      throw Error(concat("expand_n_m: bit ", at, " of the places is set, which is unused"));
    }
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
  // The bits' bytes first, all 0; then go through the elements: where one has a byte that is not 0,
  // set its bit and append its bytes. Bytes of a std::string are chars, which may be negative: go
  // through unsigned char before you shift.
  // Try it by hand first: size 1, {0, 7, 0, 9} → {0b1010, 7, 9}.
  // BEGIN SOLUTION 16.7
  if (size < 1 || size > kMaxElement || dense.size() % static_cast<std::size_t>(size) != 0) {
    throw Error(concat("encode_bitmap: ", dense.size(), " bytes in elements of ", size,
                       "; expected whole elements of 1 to ", kMaxElement, " bytes"));
  }
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
  // Count the bits that are set before you write: then the length that `coded` must have is known,
  // and nothing is read behind its end.
  // BEGIN SOLUTION 16.7
  if (count < 0 || size < 1 || size > kMaxElement) {
    throw Error(concat("decode_bitmap: ", count, " elements of ", size,
                       " bytes; expected 0 or more of 1 to ", kMaxElement));
  }
  const auto elements = static_cast<std::size_t>(count);
  const auto width = static_cast<std::size_t>(size);
  const std::size_t header = elements / 8 + (elements % 8 != 0 ? 1 : 0);
  if (coded.size() < header) {
    throw Error(concat("decode_bitmap: ", coded.size(), " bytes; the bits alone take ", header));
  }
  std::size_t set = 0;
  for (std::size_t i = 0; i < 8 * header; ++i) {
    if (!bit_of(coded, i)) continue;
    if (i >= elements) {
      throw Error(concat("decode_bitmap: bit ", i, " is set, behind the last of ", elements));
    }
    ++set;
  }
  if (coded.size() - header != set * width) {
    throw Error(concat("decode_bitmap: ", coded.size() - header,
                       " bytes behind the bits, which "
                       "announce ",
                       set, " elements of ", size));
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
