#pragma once
// How much signal there is for each unit of quantization noise. Given.
//
// Two closed forms to know (tests/core/quantization/arithmetic/sqnr_test.cpp holds our quantizer to
// them):
// - Evenly spread data, covered cell by cell with L codes: 20·log10(L) dB, for L = 2^b that is 6.02
// dB
//   a bit.
// - A unit Gaussian, symmetric codes ±(2^(b-1) - 1), that is L = 2^b - 1 marks of which one lies on
// 0
//   (mid-tread, choose_qparams_symmetric), clipped where the noise is smallest:
//     bits  2      3      4      5      6      8
//     clip  1.22   1.96   2.48   2.90   3.26   3.92   standard deviations = the last mark
//     dB    7.21   13.29  18.90  24.33  29.71  40.55
//   Less than 6.02 dB a bit: each further bit also moves the clip outwards.

#include <span>

namespace tinytorch::quantization {

// 10 · log10(Σ reference² / Σ (reference - approximation)²), the sums in double; infinity when the
// two are equal. Throws Error when the sizes differ, a value is not finite, or the reference is
// nothing but zeros (there is no signal to compare with).
double sqnr_db(std::span<const float> reference, std::span<const float> approximation);

}  // namespace tinytorch::quantization
