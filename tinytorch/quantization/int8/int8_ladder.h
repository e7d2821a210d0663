#pragma once
// The ladder once more, in int8: blocks, packing and threads for sums that do not round.
// You write this part: int8_ladder.cpp (acceleration module).
//
// Rung 1 is the quantization module's plain loop, linear_int32; rung 4 is your tile,
// int8_gemm_lanes. What is here comes between them and after them. Integer addition may be
// reordered freely, and so every rung computes the same integers:
//     acc[n, o] = bias[o] + Σ_k x[n, k] · weight[o, k]
// x is [n, in], weight [out, in], bias [out], acc [n, out]; each row of x and of weight is one
// stretch of memory, so registers are filled along k: with k outermost and constant numbers of rows
// and outputs inside it, the compiler unrolls those two and does many steps of k at a time.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/aligned.h"
#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization {

inline constexpr std::int64_t kSquare = 4;  // rows and outputs of a block of sums

// Task: Rung 2: kSquare rows of x by kSquare outputs at a time, their 16 sums in a local
// array for the whole way along k, so that every code loaded is multiplied four times. Rows and
// outputs need not divide by kSquare, and n may be 0. A given line refuses operands whose sizes do
// not fit together.
void int8_gemm_blocked(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                       std::span<const std::int32_t> bias, std::span<std::int32_t> acc);

// Codes as 16-bit integers. The processor has no instruction that multiplies *signed* bytes by
// signed bytes, but one that multiplies pairs of int16 and adds the two products in int32
// (vpmaddwd; smlal on Arm), and the compiler finds it by itself once the codes are int16 in memory.
struct WideRows {
  std::int64_t rows = 0;
  std::int64_t in = 0;
  std::int64_t stride = 0;  // codes from one row to the next: in, up to a multiple of kWideStep
  AlignedVector<std::int16_t> codes;  // [rows, stride]; used like a vector
};
inline constexpr std::int64_t kWideStep = 32;  // codes of a register of 512 bits

// Task: codes[r · stride + k] of the result = codes[r, k] for k < in, and 0 beyond. A given line
// refuses codes that are not whole rows of `in`.
WideRows widen(std::span<const std::int8_t> codes, std::int64_t in);

// Task: Rung 3: the same sums over widened rows. The weight is widened once, beforehand; x is
// widened here. One row of x by kSquare outputs at a time, along whole strides: the zeros at the
// end add nothing, and spare the compiler a second loop for the rest. Outputs need not divide by
// kSquare.
void int8_gemm_wide(std::span<const std::int8_t> x, const WideRows& weight,
                    std::span<const std::int32_t> bias, std::span<std::int32_t> acc);

inline constexpr std::int64_t kInt8StripRows = 12;  // rows are dealt out in strips of so many …
inline constexpr std::int64_t kInt8WorthAThread =
    std::int64_t{1} << 22;  // … and a thread takes so many products, four times a float's

// Rows [begin, begin + count) of x and acc.
struct RowRange {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

// Task: Which rows each of `threads` threads takes.
//   - strips = ⌈rows / kInt8StripRows⌉, the last may be smaller
//   - parts = min(threads, strips, max(1, ⌊rows · out · in / kInt8WorthAThread⌋))
//   - part p takes strips [⌊p · strips / parts⌋, ⌊(p + 1) · strips / parts⌋)
// No rows are no parts. A given line refuses negative sizes, fewer than one thread, and products
// too large to be counted in 64 bits.
std::vector<RowRange> plan_rows(std::int64_t rows, std::int64_t out, std::int64_t in, int threads);

// Task: Rung 5: int8_gemm_lanes() for every part of plan_rows(n, out, in, num_threads()), by
// parallel_for (core/threads.h). The weight is shared, rows of x and acc are not. The engine's
// Isa::kLaneTile is this one once it is written.
void int8_gemm_parallel(std::span<const std::int8_t> x, const PackedWeights& weight,
                        std::span<const std::int32_t> bias, std::span<std::int32_t> acc);

}  // namespace tinytorch::quantization
