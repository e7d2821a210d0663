#pragma once
// The one float matrix product that linear layers, matmul and convolutions go through.
//
// Given (gemm.cpp); the plain loops it is compared with are matmul.h.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/gemm/packed_gemm.h"

namespace tinytorch::kernels {

enum class Trans : bool { kNo = false, kYes = true };

// c[m, n] = op(a)[m, k] · op(b)[k, n], or c += … when `accumulate`; all row-major. With
// Trans::kYes an operand is stored the other way round (a as [k, m], b as [n, k]) and is read in
// place. c may not overlap a or b. Requires sizes that match the spans (asserted).
// The order of summation is unspecified: results agree with plain loops to rounding, and beyond
// kLongProduct steps (accumulate.h) partial sums are added in double.
void gemm(Trans trans_a, Trans trans_b, std::int64_t m, std::int64_t n, std::int64_t k,
          std::span<const float> a, std::span<const float> b, std::span<float> c,
          bool accumulate = false);

// The same over a right-hand side rearranged before, for those who multiply by it again and again:
// c[m, n] = a[m, k] · b, or c += …, on num_threads() threads, each output one chain of fused
// multiply-adds (packed_gemm.h): bit for bit the same for any m.
void gemm_prepacked(const StridedFloats& a, std::int64_t m, const PackedFloats& b,
                    std::span<float> c, bool accumulate = false);

}  // namespace tinytorch::kernels
