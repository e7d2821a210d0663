#include "tinytorch/kernels/detail/binary_by_lines.h"

#include <cstdint>
#include <vector>

#include "tinytorch/kernels/binary_operation.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::kernels::detail {
namespace {

// How far an operand moves when one index of the result grows by one: its row-major stride, or 0
// along a dimension where its single value is used again.
std::vector<std::int64_t> broadcast_strides(const Shape& shape, const Shape& result) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(result.ndim()), 0);
  std::int64_t stride = 1;
  for (std::int64_t back = 1; back <= shape.ndim(); ++back) {
    if (shape[-back] != 1) strides[static_cast<std::size_t>(result.ndim() - back)] = stride;
    stride *= shape[-back];
  }
  return strides;
}

// One line of the result. The three cases are the same loop; spelled out, each vectorises.
template <typename F>
void line(const float* a, std::int64_t step_a, const float* b, std::int64_t step_b, float* out,
          std::int64_t count, F f) {
  if (step_a == 1 && step_b == 1) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = f(a[i], b[i]);
  } else if (step_b == 0) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = f(a[i * step_a], *b);
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i] = f(*a, b[i * step_b]);
  }
}

template <typename F>
void broadcast_loop(std::span<const float> a, const Shape& a_shape, std::span<const float> b,
                    const Shape& b_shape, std::span<float> out, F f) {
  if (out.empty()) return;
  if (a_shape == b_shape) return map(a, b, out, f);
  const Shape shape = broadcast_shapes("binary", a_shape, b_shape);
  const std::vector<std::int64_t> strides_a = broadcast_strides(a_shape, shape);
  const std::vector<std::int64_t> strides_b = broadcast_strides(b_shape, shape);
  const std::int64_t count = shape[-1];
  std::vector<std::int64_t> index(strides_a.size(), 0);  // of the line's first element
  std::int64_t offset_a = 0;
  std::int64_t offset_b = 0;
  for (std::int64_t done = 0;;) {
    line(a.data() + offset_a, strides_a.back(), b.data() + offset_b, strides_b.back(),
         out.data() + done, count, f);
    done += count;
    if (done == static_cast<std::int64_t>(out.size())) return;
    // Count up like an odometer: a full wheel goes back to 0 and moves its left neighbour.
    for (std::size_t d = index.size() - 1; d-- > 0;) {
      offset_a += strides_a[d];
      offset_b += strides_b[d];
      if (++index[d] < shape.sizes()[d]) break;
      offset_a -= strides_a[d] * index[d];
      offset_b -= strides_b[d] * index[d];
      index[d] = 0;
    }
  }
}

}  // namespace

void binary_by_lines(Binary op, std::span<const float> a, const Shape& a_shape,
                     std::span<const float> b, const Shape& b_shape, std::span<float> out) {
  with_operation(op, [&](auto f) { broadcast_loop(a, a_shape, b, b_shape, out, f); });
}

}  // namespace tinytorch::kernels::detail
