// vpdpbusd multiplies unsigned by signed bytes. A signed input code x becomes the unsigned x + 128,
// so every sum is 128 · Σ w too large; that much is taken off the bias beforehand.
//
// A tile keeps its sums in registers while one pass over the inputs feeds them: rows × panels of 16
// outputs, 24 of the 32 registers at most. Few rows take more panels each, so that there are always
// enough independent sums to hide the instruction's latency of 4 cycles.
//
// Compiled with -fno-tree-pre (see tinytorch/CMakeLists.txt): with partial redundancy elimination
// g++ 12 keeps half of the accumulators in memory and the tile runs at half its speed.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tinytorch/quantization/int8_gemm_kernels.h"

#define TINYTORCH_VNNI [[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]]

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kMaxRows = 12;
// Codes of a few panels that stay in the second-level cache while all rows pass by.
constexpr std::int64_t kBlockBytes = 512 * 1024;

// The inputs as the tiles read them: unsigned, each row padded to whole groups.
struct Rows {
  const std::uint8_t* bytes;
  std::int64_t stride;
};

// Where a tile stands.
struct Corner {
  const Int8Problem& problem;
  Rows x;
  std::int64_t row;
  std::int64_t panel;
};

// The outputs of a panel: all 16, or fewer at the edge. Masked stores are slow, so that tiles
// within the edge do without.
struct AllColumns {
  TINYTORCH_VNNI __m512i load(const std::int32_t* from) const { return _mm512_loadu_si512(from); }
  TINYTORCH_VNNI __m512 load(const float* from) const { return _mm512_loadu_ps(from); }
  TINYTORCH_VNNI void store(std::int32_t* to, __m512i sums) const { _mm512_storeu_si512(to, sums); }
  TINYTORCH_VNNI void store(std::int8_t* to, __m128i codes) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), codes);
  }
};
struct SomeColumns {
  __mmask16 mask;
  TINYTORCH_VNNI __m512i load(const std::int32_t* from) const {
    return _mm512_maskz_loadu_epi32(mask, from);
  }
  TINYTORCH_VNNI __m512 load(const float* from) const { return _mm512_maskz_loadu_ps(mask, from); }
  TINYTORCH_VNNI void store(std::int32_t* to, __m512i sums) const {
    _mm512_mask_storeu_epi32(to, mask, sums);
  }
  TINYTORCH_VNNI void store(std::int8_t* to, __m128i codes) const {
    _mm_mask_storeu_epi8(to, mask, codes);
  }
};

SomeColumns columns_from(const PackedWeights& weight, std::int64_t panel) {
  const std::int64_t left = std::clamp<std::int64_t>(weight.out - panel * kPanel, 0, kPanel);
  return {static_cast<__mmask16>((1u << left) - 1u)};
}

template <typename Columns>
TINYTORCH_VNNI inline __m512i first_sum(const Int8Problem& problem, std::int64_t panel,
                                        Columns columns) {
  const __m512i bias = columns.load(problem.bias + panel * kPanel);
  if (problem.x_unsigned) return bias;
  const __m512i sums = columns.load(problem.weight.sums.data() + panel * kPanel);
  return _mm512_sub_epi32(bias, _mm512_slli_epi32(sums, 7));
}

// clamp(rint(acc · m) + zp): the bounds are whole numbers, so the clamp may come first and keeps
// every value within what an int32 holds. vcvtps2dq rounds half to even.
TINYTORCH_VNNI inline __m128i codes_of(const Requantization& to, __m512i sums, __m512 multipliers) {
  const auto low = static_cast<float>(to.range.qmin - to.zero_point);
  const auto high = static_cast<float>(to.range.qmax - to.zero_point);
  __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), multipliers);
  value = _mm512_min_ps(_mm512_max_ps(value, _mm512_set1_ps(low)), _mm512_set1_ps(high));
  return _mm512_cvtepi32_epi8(
      _mm512_add_epi32(_mm512_cvtps_epi32(value), _mm512_set1_epi32(to.zero_point)));
}

// The sums of panel at.panel + p, one vector a row.
template <std::int64_t kR, typename Columns>
TINYTORCH_VNNI inline void begin_sums(const Corner& at, std::int64_t p, __m512i (&sums)[kR],
                                      Columns columns) {
  const __m512i first = first_sum(at.problem, at.panel + p, columns);
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kR; ++r) sums[r] = first;
}

template <std::int64_t kR, typename Columns>
TINYTORCH_VNNI inline void end_sums(const Corner& at, std::int64_t p, const __m512i (&sums)[kR],
                                    Columns columns) {
  const std::int64_t out = at.problem.weight.out;
  const std::int64_t corner = at.row * out + (at.panel + p) * kPanel;
  const Requantization* to = at.problem.requantization;
  if (to == nullptr) {
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; ++r) columns.store(at.problem.acc + corner + r * out, sums[r]);
    return;
  }
  const __m512 multipliers = columns.load(to->multipliers.data() + (at.panel + p) * kPanel);
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kR; ++r) {
    columns.store(at.problem.codes + corner + r * out, codes_of(*to, sums[r], multipliers));
  }
}

template <std::int64_t kR, std::int64_t kP>
TINYTORCH_VNNI void tile(const Corner& at) {
  const PackedWeights& weight = at.problem.weight;
  const std::int64_t groups = weight.groups();
  const std::int64_t panel_size = groups * kPanel * kGroup;
  const std::int64_t stride = at.x.stride;
  const std::uint8_t* x = at.x.bytes + at.row * stride;
  const std::int8_t* panel = weight.codes.data() + at.panel * panel_size;

  const bool whole = (at.panel + kP) * kPanel <= weight.out;
  const auto edge = [&](std::int64_t p) { return columns_from(weight, at.panel + p); };
  // Groups that codes are asked for in advance.
  constexpr std::int64_t kAhead = kR == 1 ? 16 : 32;
  __m512i sums[kP][kR];
#pragma GCC unroll 8
  for (std::int64_t p = 0; p < kP; ++p) {
    if (whole) {
      begin_sums(at, p, sums[p], AllColumns{});
    } else {
      begin_sums(at, p, sums[p], edge(p));
    }
  }
  // Three moving pointers reach 12 rows at 0, 1, 2 and 3 strides; left alone, g++ keeps twelve
  // offsets, more than there are registers. The empty asm hides that they move together.
  const std::uint8_t* fours[(kR + 3) / 4];
#pragma GCC unroll 3
  for (std::int64_t i = 0; i < (kR + 3) / 4; ++i) fours[i] = x + 4 * i * stride;
  for (std::int64_t g = 0; g < groups; ++g) {
    __m512i w[kP];
#pragma GCC unroll 8
    for (std::int64_t p = 0; p < kP; ++p) {
      const std::int8_t* from = panel + p * panel_size + g * kPanel * kGroup;
      w[p] = _mm512_loadu_si512(from);
      _mm_prefetch(from + kAhead * kPanel * kGroup, _MM_HINT_T0);
    }
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; ++r) {
      std::int32_t quad;
      std::memcpy(&quad, fours[r / 4] + r % 4 * stride, sizeof quad);
      const __m512i a = _mm512_set1_epi32(quad);
#pragma GCC unroll 8
      for (std::int64_t p = 0; p < kP; ++p) sums[p][r] = _mm512_dpbusd_epi32(sums[p][r], a, w[p]);
    }
#pragma GCC unroll 3
    for (std::int64_t i = 0; i < (kR + 3) / 4; ++i) {
      fours[i] += kGroup;
      asm("" : "+r"(fours[i]));
    }
  }
#pragma GCC unroll 8
  for (std::int64_t p = 0; p < kP; ++p) {
    if (whole) {
      end_sums(at, p, sums[p], AllColumns{});
    } else {
      end_sums(at, p, sums[p], edge(p));
    }
  }
}

using Tile = void (*)(const Corner&);

// tiles[log2(panels)][rows - 1]; the widest that fits into 24 registers stands for wider ones.
constexpr std::array<std::array<Tile, kMaxRows>, 4> kTiles = {{
    {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>, tile<5, 1>, tile<6, 1>, tile<7, 1>, tile<8, 1>,
     tile<9, 1>, tile<10, 1>, tile<11, 1>, tile<12, 1>},
    {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>, tile<5, 2>, tile<6, 2>, tile<7, 2>, tile<8, 2>,
     tile<9, 2>, tile<10, 2>, tile<11, 2>, tile<12, 2>},
    {tile<1, 4>, tile<2, 4>, tile<3, 4>, tile<4, 4>, tile<5, 4>, tile<6, 4>},
    {tile<1, 8>, tile<2, 8>, tile<3, 8>},
}};

std::int64_t widest(std::int64_t rows) { return rows <= 3 ? 3 : rows <= 6 ? 2 : 1; }

// All panels of a few rows, in tiles as wide as they come.
void strip(const Int8Problem& problem, Rows x, std::int64_t row, std::int64_t rows, std::int64_t p,
           std::int64_t panels) {
  std::int64_t wide = widest(rows);
  while (p < panels) {
    while (p + (std::int64_t{1} << wide) > panels) --wide;
    kTiles[static_cast<std::size_t>(wide)][static_cast<std::size_t>(rows - 1)](
        {problem, x, row, p});
    p += std::int64_t{1} << wide;
  }
}

// A few panels at a time, as many as stay in the second-level cache; for these, strip after strip:
// its inputs stay in the first-level cache while the codes stream by in one piece.
void multiply(const Int8Problem& problem, Rows x) {
  const std::int64_t panels = problem.weight.panels();
  const std::int64_t panel_size = problem.weight.groups() * kPanel * kGroup;
  const std::int64_t many = std::max<std::int64_t>(kBlockBytes / panel_size / 8, 1) * 8;
  for (std::int64_t p = 0; p < panels; p += many) {
    const std::int64_t end = std::min(p + many, panels);
    for (std::int64_t r = 0; r < problem.rows; r += kMaxRows) {
      strip(problem, x, r, std::min(kMaxRows, problem.rows - r), p, end);
    }
  }
}

// Scratch that grows and stays.
std::uint8_t* scratch(std::size_t size) {
  thread_local std::vector<std::uint8_t> bytes;
  if (bytes.size() < size) bytes.resize(size);
  return bytes.data();
}

// x ^ 0x80 is x + 128. Rows whose distance is a multiple of 4096 would share the same few lines
// of the first-level cache.
TINYTORCH_VNNI Rows shifted(const Int8Problem& problem) {
  const std::int64_t in = problem.weight.in;
  std::int64_t stride = (in + 63) / 64 * 64;
  if (stride % 1024 == 0) stride += 64;
  std::uint8_t* to = scratch(static_cast<std::size_t>(problem.rows * stride));
  const __m512i sign = _mm512_set1_epi8(problem.x_unsigned ? 0 : -128);
  for (std::int64_t r = 0; r < problem.rows; ++r) {
    for (std::int64_t k = 0; k < in; k += 64) {
      const auto left = static_cast<unsigned>(std::min<std::int64_t>(in - k, 64));
      const __mmask64 mask = ~__mmask64{0} >> (64 - left);
      const __m512i codes = _mm512_maskz_loadu_epi8(mask, problem.x + r * in + k);
      _mm512_storeu_si512(to + r * stride + k, _mm512_xor_si512(codes, sign));
    }
  }
  return {to, stride};
}

Rows rows_of(const Int8Problem& problem) {
  const std::int64_t in = problem.weight.in;
  const bool as_they_are =
      problem.x_unsigned && in % kGroup == 0 && (in % 1024 != 0 || problem.rows == 1);
  return as_they_are ? Rows{problem.x, in} : shifted(problem);
}

}  // namespace

void int8_gemm_avx512vnni(const Int8Problem& problem) { multiply(problem, rows_of(problem)); }

}  // namespace tinytorch::quantization
