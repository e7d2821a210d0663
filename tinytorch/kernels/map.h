#pragma once
// One loop for every elementwise formula: the compiler sees the formula and vectorises the loop.
// Given; loops that broadcast are elementwise.h.

#include <cassert>
#include <cstddef>
#include <span>

namespace tinytorch::kernels {

// out[i] = f(x[i]). out may be x itself.
template <typename F>
void map(std::span<const float> x, std::span<float> out, F f) {
  assert(x.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(x[i]);
}

// out[i] = f(x[i], y[i]). out may be x or y itself.
template <typename F>
void map(std::span<const float> x, std::span<const float> y, std::span<float> out, F f) {
  assert(x.size() == out.size() && y.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(x[i], y[i]);
}

}  // namespace tinytorch::kernels
