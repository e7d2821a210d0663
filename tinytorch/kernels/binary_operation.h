#pragma once
// What each Binary of elementwise.h computes of two numbers. Given.

#include "tinytorch/kernels/elementwise.h"

namespace tinytorch::kernels {

// Calls run(f) with the function that `op` names, so that a loop around f is compiled for each.
template <typename Run>
void with_operation(Binary op, Run run) {
  switch (op) {
    case Binary::kAdd:
      return run([](float x, float y) { return x + y; });
    case Binary::kSubtract:
      return run([](float x, float y) { return x - y; });
    case Binary::kMultiply:
      return run([](float x, float y) { return x * y; });
    case Binary::kDivide:
      return run([](float x, float y) { return x / y; });
    case Binary::kMaximum:
      return run([](float x, float y) { return x < y || y != y ? y : x; });  // NaN wins
  }
}

inline float apply(Binary op, float x, float y) {
  float result = 0.0f;
  with_operation(op, [&](auto f) { result = f(x, y); });
  return result;
}

}  // namespace tinytorch::kernels
