// What stored weights must be, and the places of values within their groups.
#include <algorithm>
#include <bit>

#include "tinytorch/compression/require.h"
#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {
namespace {

constexpr std::int64_t kMostNeighbours = 16;

bool is_set(std::uint8_t byte, std::size_t bit) { return ((byte >> bit) & 1) != 0; }

void check_pattern(std::string_view operation, const Shape& shape, NmPattern pattern) {
  const auto [n, m] = pattern;
  if (n < 1 || n >= m || m > kMostNeighbours) {
    throw Error(concat(operation, ": a pattern n:m must have 1 <= n < m <= 16, got ", n, ":", m));
  }
  if (shape.ndim() < 2 || shape.numel() == 0) {
    throw Error(concat(operation, ": weight must be [out, …] with values, got ", to_string(shape)));
  }
  const std::int64_t row = shape.numel() / shape[0];
  if (row % m == 0) return;
  throw Error(
      concat(operation, ": rows of ", row, " weights must divide evenly into groups of ", m));
}

// Bits of one place: a check of what was stored does not ask the task that counts them.
std::size_t place_width(NmPattern pattern) {
  return static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(pattern.m - 1)));
}

std::size_t stored_values(const Shape& shape, NmPattern pattern) {
  return static_cast<std::size_t>(shape.numel() / pattern.m * pattern.n);
}

}  // namespace

void require_n_m(std::string_view operation, const Tensor& weight, NmPattern pattern) {
  check_pattern(operation, weight.shape(), pattern);
  require_finite(operation, "weight", weight.data());
}

void require_at_most_n(std::string_view operation, const Tensor& weight, NmPattern pattern) {
  const std::span<const float> values = weight.data();
  const auto size = static_cast<std::size_t>(pattern.m);
  for (std::size_t group = 0; group < values.size() / size; ++group) {
    const auto members = values.subspan(group * size, size);
    const auto zeros = std::count(members.begin(), members.end(), 0.0f);
    if (pattern.m - zeros <= pattern.n) continue;
    throw Error(concat(operation, ": group ", group, " must hold at most ", pattern.n, " of ",
                       pattern.m, " values, got ", pattern.m - zeros, "; apply n_m_mask first"));
  }
}

NmWeights without_values(const Shape& shape, NmPattern pattern) {
  const auto width = static_cast<std::size_t>(position_bits(pattern.m));
  const std::size_t bytes = (stored_values(shape, pattern) * width + 7) / 8;
  return {pattern, shape, {}, std::vector<std::uint8_t>(bytes, 0)};
}

std::size_t place_of(const NmWeights& weights, std::size_t i) {
  const std::size_t width = place_width(weights.pattern);
  std::size_t place = 0;
  for (std::size_t bit = width; bit-- > 0;) {
    const std::size_t where = i * width + bit;
    place = 2 * place + (is_set(weights.positions[where / 8], where % 8) ? 1 : 0);
  }
  return place;
}

void require_stored_n_m(std::string_view operation, const NmWeights& weights) {
  check_pattern(operation, weights.shape, weights.pattern);
  const auto [n, m] = weights.pattern;
  const std::size_t count = weights.values.size();
  const std::size_t used = count * place_width(weights.pattern);
  if (count != stored_values(weights.shape, weights.pattern) ||
      weights.positions.size() != (used + 7) / 8) {
    throw Error(concat(operation, ": ", count, " values and ", weights.positions.size(),
                       " bytes of places do not fit ", to_string(weights.shape), " in ", n, ":",
                       m));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = place_of(weights, i);
    if (place >= static_cast<std::size_t>(m)) {
      throw Error(
          concat(operation, ": value ", i, " must be at a place below ", m, ", got place ", place));
    }
    if (i % static_cast<std::size_t>(n) == 0 || place > place_of(weights, i - 1)) continue;
    throw Error(concat(operation, ": the places of a group must ascend, got place ", place,
                       " behind ", place_of(weights, i - 1), " for value ", i));
  }
  for (std::size_t bit = used; bit < 8 * weights.positions.size(); ++bit) {
    if (!is_set(weights.positions[bit / 8], bit % 8)) continue;
    throw Error(concat(operation, ": bit ", bit, " of the places is set, which is unused"));
  }
}

void require_elements(std::string_view operation, std::string_view dense, std::int64_t size) {
  require_between(operation, "bytes of an element", size, 1, kMaxElement);
  if (dense.size() % static_cast<std::size_t>(size) == 0) return;
  throw Error(
      concat(operation, ": ", dense.size(), " bytes must divide evenly into elements of ", size));
}

void require_bitmap(std::string_view operation, std::string_view coded, std::int64_t count,
                    std::int64_t size) {
  require_at_least(operation, "number of elements", count, 0);
  require_between(operation, "bytes of an element", size, 1, kMaxElement);
  const auto elements = static_cast<std::size_t>(count);
  const std::size_t bytes = elements / 8 + (elements % 8 != 0 ? 1 : 0);
  if (coded.size() < bytes) {
    throw Error(
        concat(operation, ": the bits alone take ", bytes, " bytes, got ", coded.size(), " bytes"));
  }
  for (std::size_t bit = elements; bit < 8 * bytes; ++bit) {
    if (!is_set(static_cast<std::uint8_t>(coded[bit / 8]), bit % 8)) continue;
    throw Error(concat(operation, ": bit ", bit, " is set, behind the last of ", count));
  }
}

}  // namespace tinytorch::compression
