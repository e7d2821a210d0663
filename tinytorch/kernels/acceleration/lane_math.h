#pragma once
// e^x in every lane at once. Given.
//
// e^x = 2^n · e^r with n = rint(x / ln 2) and |r| <= ln(2) / 2. ln 2 is subtracted in two pieces,
// so that r is exact to the last bit (Cody & Waite, "Software Manual for the Elementary Functions",
// 1980); e^r is its Taylor polynomial of degree 7, off by less than 1e-7 of its value.

#include <initializer_list>

#include "tinytorch/kernels/acceleration/lanes.h"

namespace tinytorch::kernels {

// Lane by lane; b where one of the two is NaN.
inline Lanes min(Lanes a, Lanes b) { return a < b ? a : b; }
inline Lanes max(Lanes a, Lanes b) { return a > b ? a : b; }

// For x from −87 to 88. Below it is 0, −∞ included, since a float has no digits left there; above
// it is e^88 = 1.7e38. NaN stays NaN.
inline Lanes exp(Lanes x) {
  const auto vanishes = x < broadcast(-87.0f);
  // In this order: of a NaN and a number, min and max give their second argument.
  x = min(broadcast(88.0f), max(broadcast(-87.0f), x));
  // 1.5 · 2^23: adding it leaves whole numbers only, subtracting it again leaves n.
  const Lanes shift = broadcast(12582912.0f);
  const Lanes shifted = fma(x, broadcast(1.44269504f), shift);
  const Lanes n = shifted - shift;
  const Lanes r = fma(n, broadcast(1.42860677e-6f), fma(n, broadcast(-0.693148613f), x));
  Lanes sum = broadcast(1.0f / 5040);
  for (const float coefficient : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) {
    sum = fma(sum, r, broadcast(coefficient));
  }
  // n in the exponent's place: 2^n.
  const IntLanes exponent = (__builtin_convertvector(n, IntLanes) + 127) << 23;
  return vanishes ? Lanes{} : sum * reinterpret_cast<Lanes>(exponent);
}

// All lanes together, largest and sum.
inline float largest_of(Lanes x) {
  float largest = x[0];
  for (int i = 1; i < kLanes; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}
inline float sum_of(Lanes x) {
  float sum = x[0];
  for (int i = 1; i < kLanes; ++i) sum += x[i];
  return sum;
}

}  // namespace tinytorch::kernels
