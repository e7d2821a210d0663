#include "tinytorch/compression/stored_n_m.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"

namespace tinytorch::compression {
namespace {

using train::StoredTensor;

constexpr int kMostNeighbours = 16;  // the largest m of a pattern

bool has_rows(const Shape& shape) { return shape.ndim() >= 2 && shape.numel() > 0; }

bool is_known(std::string_view dtype) { return dtype == "F32" || dtype == "I8" || dtype == "U8"; }

// Where the bytes of a coded tensor are: the kept values, then the places.
struct Layout {
  std::size_t values;       // how many
  std::size_t value_bytes;  // all of them
  std::size_t bytes;        // places included
};

// Whoever asks has a shape and a pattern from a stranger's file, or tries one out.
Layout layout_of(const Shape& shape, std::string_view dtype, NmPattern pattern) {
  const auto [n, m] = pattern;
  const bool suits = n >= 1 && n < m && m <= kMostNeighbours && has_rows(shape) &&
                     is_known(dtype) && shape.numel() / shape[0] % m == 0;
  const std::int64_t width = train::dtype_bytes(dtype);
  const auto bits =
      suits ? checked_product({shape.numel() / m, n, 8 * width + position_bits(m)}) : std::nullopt;
  if (!bits) {
    throw Error(concat("a tensor ", dtype, " ", to_string(shape), " cannot be ", n, ":", m,
                       "; expected 1 <= n < m <= ", kMostNeighbours,
                       ", rows that m divides, and F32, I8 or U8"));
  }
  const std::int64_t values = shape.numel() / m * n;
  const std::int64_t value_bytes = values * width;
  return {static_cast<std::size_t>(values), static_cast<std::size_t>(value_bytes),
          static_cast<std::size_t>(value_bytes + (*bits - 8 * value_bytes + 7) / 8)};
}

// Codes of a byte are whole numbers that a float holds, so compress_n_m() serves them too.
std::vector<float> to_floats(std::string_view bytes, std::string_view dtype) {
  if (dtype == "F32") {
    std::vector<float> values(bytes.size() / sizeof(float));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  std::vector<float> values;
  values.reserve(bytes.size());
  for (const char byte : bytes) {
    values.push_back(dtype == "I8" ? static_cast<signed char>(byte)
                                   : static_cast<unsigned char>(byte));
  }
  return values;
}

std::string to_bytes(std::span<const float> values, std::string_view dtype) {
  if (dtype == "F32") {
    std::string bytes(values.size_bytes(), '\0');
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size_bytes());
    return bytes;
  }
  std::string bytes;
  bytes.reserve(values.size());
  for (const float value : values) bytes += static_cast<char>(static_cast<int>(value));
  return bytes;
}

bool comes_back_exactly(float value) {
  return std::isfinite(value) && (value != 0.0f || !std::signbit(value));
}

// The n of the tensor in groups of m: the most values that are not 0 in one of them.
int most_in_a_group(std::span<const float> values, int m) {
  const auto size = static_cast<std::size_t>(m);
  std::ptrdiff_t most = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += size) {
    const auto group = values.subspan(begin, size);
    const auto zeros = std::count(group.begin(), group.end(), 0.0f);
    most = std::max(most, static_cast<std::ptrdiff_t>(m) - zeros);
  }
  return static_cast<int>(most);
}

}  // namespace

std::optional<NmPattern> find_n_m(const StoredTensor& tensor) {
  if (!is_known(tensor.dtype) || !has_rows(tensor.shape)) return std::nullopt;
  const std::vector<float> values = to_floats(tensor.bytes, tensor.dtype);
  if (!std::all_of(values.begin(), values.end(), comes_back_exactly)) return std::nullopt;
  const std::int64_t row = tensor.shape.numel() / tensor.shape[0];
  std::optional<NmPattern> found;
  std::size_t fewest = tensor.bytes.size();
  for (int m = 2; m <= kMostNeighbours; ++m) {
    if (row % m != 0) continue;
    const NmPattern pattern{std::max(1, most_in_a_group(values, m)), m};
    if (pattern.n == m) continue;
    const std::size_t bytes = layout_of(tensor.shape, tensor.dtype, pattern).bytes;
    if (bytes >= fewest) continue;
    fewest = bytes;
    found = pattern;
  }
  return found;
}

std::string encode_n_m(const StoredTensor& tensor, NmPattern pattern) {
  (void)layout_of(tensor.shape, tensor.dtype, pattern);
  const NmWeights kept =
      compress_n_m(Tensor(tensor.shape, to_floats(tensor.bytes, tensor.dtype)), pattern);
  std::string coded = to_bytes(kept.values, tensor.dtype);
  coded.append(kept.positions.begin(), kept.positions.end());
  return coded;
}

std::string decode_n_m(std::string_view coded, const StoredTensor& like, NmPattern pattern) {
  const Layout layout = layout_of(like.shape, like.dtype, pattern);
  if (coded.size() != layout.bytes) {
    throw Error(concat(coded.size(), " bytes; ", to_string(like.shape), " in ", pattern.n, ":",
                       pattern.m, " takes ", layout.bytes, " of ", like.dtype));
  }
  const std::string_view places = coded.substr(layout.value_bytes);
  const NmWeights kept{pattern,
                       like.shape,
                       to_floats(coded.substr(0, layout.value_bytes), like.dtype),
                       {places.begin(), places.end()}};
  StoredTensor dense = like;
  dense.bytes = to_bytes(expand_n_m(kept).data(), like.dtype);
  // The form is unique. What differs lost a value when it was expanded, or is no work of ours.
  if (encode_n_m(dense, pattern) != coded) {
    throw Error("places repeat, descend, or do not fill up from a group's first zero");
  }
  return dense.bytes;
}

}  // namespace tinytorch::compression
