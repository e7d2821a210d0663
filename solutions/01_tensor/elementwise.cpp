// Broadcasting arithmetic. The contract is tinytorch/kernels/elementwise.h.
#include "tinytorch/kernels/elementwise.h"

#include <algorithm>
#include <vector>

#include "tinytorch/core/engine_form.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/binary_operation.h"
// BEGIN SOLUTION 01.5 helper
#include "tinytorch/kernels/detail/binary_by_lines.h"
// END SOLUTION 01.5

namespace tinytorch::kernels {
// BEGIN SOLUTION 01.4 helper
namespace {

// Size of the dimension that stands `back` places from the end; 1 beyond the first.
std::int64_t size_from_end(const Shape& shape, std::int64_t back) {
  return back <= shape.ndim() ? shape[-back] : 1;
}

}  // namespace
// END SOLUTION 01.4

// --- 01.4 The broadcast shape ---

// Walk both shapes from the last dimension backwards; a missing size counts as 1.
//   1. Equal sizes, or one of them 1: the result's size is the other one.
//   2. Otherwise throw Error with the text that the header shows.
//   [8, 1, 5] and [7, 1] → [8, 7, 5];   [2, 3] and [4] → Error.
// Mind size 0: [0] and [1] give [0], so "the larger of the two" is not the rule.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  // BEGIN SOLUTION 01.4
  const std::int64_t ndim = std::max(a.ndim(), b.ndim());
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(ndim));
  for (std::int64_t back = 1; back <= ndim; ++back) {
    const std::int64_t size_a = size_from_end(a, back);
    const std::int64_t size_b = size_from_end(b, back);
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      throw Error(concat(op, ": ", to_string(a), " and ", to_string(b), ": sizes ", size_a, " and ",
                         size_b, " of dimension -", back, " differ, and neither is 1"));
    }
    sizes[static_cast<std::size_t>(ndim - back)] = size_a == 1 ? size_b : size_a;
  }
  return Shape(std::move(sizes));
  // END SOLUTION 01.4
}

// --- 01.5 The broadcast loop ---
// BEGIN SOLUTION 01.5 helper
namespace {

// How far an operand moves when one index of the result grows by one: its row-major stride, or 0
// along a dimension where its single value is used again.
std::vector<std::int64_t> strides_in(const Shape& shape, const Shape& result) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(result.ndim()), 0);
  std::int64_t stride = 1;
  for (std::int64_t back = 1; back <= shape.ndim(); ++back) {
    if (shape[-back] != 1) strides[static_cast<std::size_t>(result.ndim() - back)] = stride;
    stride *= shape[-back];
  }
  return strides;
}

}  // namespace
// END SOLUTION 01.5

// Compute out[i] = a op b for every element of the broadcast shape.
//   1. Find, for each dimension of the result, how far each operand moves: its own row-major
//   stride,
//      or 0 where its size is 1 (or missing) and the same value is used again.
//   2. Walk over the result's elements in order and keep the position in a and in b as you go.
//   3. Apply the operation that `op` names: apply() is given.
//   a [2, 1] = {10, 20}, b [3] = {1, 2, 3}: strides of a are {1, 0}, of b {0, 1};
//   the sum is {11, 12, 13, 21, 22, 23}.
// The engine has a faster form, a line of the result at a time.
void binary(Binary op, std::span<const float> a, const Shape& a_shape, std::span<const float> b,
            const Shape& b_shape, std::span<float> out) {
  // BEGIN SOLUTION 01.5
  ENGINE_FORM(return detail::binary_by_lines(op, a, a_shape, b, b_shape, out);)
  const Shape shape = broadcast_shapes("binary", a_shape, b_shape);
  const std::vector<std::int64_t> strides_a = strides_in(a_shape, shape);
  const std::vector<std::int64_t> strides_b = strides_in(b_shape, shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t at_a = 0, at_b = 0;
    for (std::size_t d = strides_a.size(); d-- > 0;) {  // the last index counts fastest
      at_a += rest % shape.sizes()[d] * strides_a[d];
      at_b += rest % shape.sizes()[d] * strides_b[d];
      rest /= shape.sizes()[d];
    }
    out[i] = apply(op, a[static_cast<std::size_t>(at_a)], b[static_cast<std::size_t>(at_b)]);
  }
  // END SOLUTION 01.5
}

}  // namespace tinytorch::kernels
