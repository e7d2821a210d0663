#pragma once
// Which places of an output read a pixel, and which read padding. Given.

#include <algorithm>
#include <cstdint>

namespace tinytorch::kernels {

// The places [begin, end) for which place · stride + shift lies in [0, size): those that read a
// pixel, of `places` along this side.
struct Reach {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

inline Reach reach(std::int64_t shift, std::int64_t stride, std::int64_t size,
                   std::int64_t places) {
  const std::int64_t begin = shift < 0 ? (stride - 1 - shift) / stride : 0;
  const std::int64_t end = shift < size ? (size - 1 - shift) / stride + 1 : 0;
  return {std::min(begin, places), std::min(std::max(end, begin), places)};
}

}  // namespace tinytorch::kernels
