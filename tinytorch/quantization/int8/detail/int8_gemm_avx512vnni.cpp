// vpdpbusd multiplies unsigned by signed bytes. A signed input code x becomes the unsigned x + 128,
// so every sum is 128 · Σ w too large; that much is taken off the bias beforehand.
//
// A tile keeps its sums in registers while one pass over the inputs feeds them: rows × panels of 16
// outputs, 24 of the 32 registers at most. Few rows take more panels each, so that there are always
// enough independent sums to hide the instruction's latency of 4 cycles.
//
// Everything that does not repeat in the innermost loop is paid once a tile, and a tile of 12 rows
// with 64 inputs has no more than 384 multiplications in it. So a tile knows nothing of edges,
// biases or kinds of input: those are settled before (first_sums, unsigned_rows) or after
// (edge), and neighbouring tiles of a strip are one call.
//
// Over 300 lines, since every step is inlined into one loop: apart, the compiler would keep no sum
// in a register.
//
// Compiled with -fno-tree-pre (see tinytorch/CMakeLists.txt): with partial redundancy elimination
// g++ 12 keeps half of the accumulators in memory and the tile runs at half its speed.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"

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

// What the tiles read.
struct Operands {
  Rows x;
  const std::int8_t* codes;
  const std::int32_t* start;  // what the sums begin with, one for each output
  std::int64_t groups;

  std::int64_t panel_size() const { return groups * kPanel * kGroup; }
};

// Where a tile's sums go, panel after panel of one row, then the next row: memory of the caller …
struct SumsOut {
  std::int32_t* to;
  std::int64_t stride;  // from row to row

  struct Constants {};
  Constants constants() const { return {}; }

  SumsOut from(std::int64_t row, std::int64_t panel) const {
    return {to + row * stride + panel * kPanel, stride};
  }
  template <std::int64_t kR, std::int64_t kP>
  TINYTORCH_VNNI void store(const __m512i (&sums)[kP][kR], Constants /*none*/) const {
    std::int32_t* at = to;
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 4
      for (std::int64_t p = 0; p < kP; ++p) _mm512_storeu_si512(at + p * kPanel, sums[p][r]);
      at += stride;
      asm("" : "+r"(at));
    }
  }
};

// … or codes, requantized on the way: clamp(rint(acc · m) + zp). What follows the rounding is done
// for four vectors of sums at once: they narrow to int16 with saturation, take zp, narrow to int8
// with saturation and are clamped. Saturating early changes nothing, for no value passes another
// and every bound lies inside. A range above 127 is reckoned 128 lower, and the highest bit of its
// codes is flipped last.
struct CodesOut {
  std::int8_t* to;
  std::int64_t stride;
  const float* multipliers;
  const Requantization* how;

  CodesOut from(std::int64_t row, std::int64_t panel) const {
    return {to + row * stride + panel * kPanel, stride, multipliers + panel * kPanel, how};
  }
  // Read once a tile: the codes that are stored may lie anywhere, as far as a compiler knows.
  struct Constants {
    __m512i zero_point, low, high, flip, order;
  };
  TINYTORCH_VNNI Constants constants() const {
    const int lowered = how->range.qmax > 127 ? 128 : 0;
    const auto byte = [](int value) { return _mm512_set1_epi8(static_cast<char>(value)); };
    return {_mm512_set1_epi16(static_cast<std::int16_t>(how->zero_point - lowered)),
            byte(how->range.qmin - lowered), byte(how->range.qmax - lowered), byte(lowered),
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)};
  }

  // rint(acc · m) as an int32. vcvtps2dq rounds half to even; beyond int32 it has no answer, so
  // what is too large is made smaller before.
  TINYTORCH_VNNI static __m512i scaled(__m512i sums, __m512 m) {
    const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), m);
    return _mm512_cvtps_epi32(_mm512_min_ps(value, _mm512_set1_ps(65536.0F)));
  }
  // The codes of four panels, one panel's 16 after the other's.
  TINYTORCH_VNNI static __m512i narrow(const __m512i (&values)[4], const Constants& by) {
    const __m512i front = _mm512_packs_epi32(values[0], values[1]);
    const __m512i back = _mm512_packs_epi32(values[2], values[3]);
    __m512i codes = _mm512_packs_epi16(_mm512_adds_epi16(front, by.zero_point),
                                       _mm512_adds_epi16(back, by.zero_point));
    codes = _mm512_min_epi8(_mm512_max_epi8(codes, by.low), by.high);
    // Packing works within lanes of 16 bytes; each now holds four codes of every panel.
    return _mm512_permutexvar_epi32(by.order, _mm512_xor_si512(codes, by.flip));
  }
  TINYTORCH_VNNI static void store_half(std::int8_t* at, __m256i codes) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), codes);
  }
  template <std::int64_t kR, std::int64_t kP>
  TINYTORCH_VNNI void store(const __m512i (&sums)[kP][kR], const Constants& by) const {
    constexpr std::int64_t kTogether = 4 / kP;  // rows that make four panels
    __m512 m[kP];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < kP; ++p) m[p] = _mm512_loadu_ps(multipliers + p * kPanel);
    std::int8_t* at = to;
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; r += kTogether) {
      __m512i part[4];
#pragma GCC unroll 4
      for (std::int64_t i = 0; i < 4; ++i) {
        const std::int64_t row = std::min(r + i / kP, kR - 1);  // beyond the last: not stored
        part[i] = scaled(sums[i % kP][row], m[i % kP]);
      }
      const __m512i codes = narrow(part, by);
      if constexpr (kP == 4) {
        _mm512_storeu_si512(at, codes);
      } else if constexpr (kP == 2) {
        store_half(at, _mm512_castsi512_si256(codes));
        if (r + 1 < kR) store_half(at + stride, _mm512_extracti64x4_epi64(codes, 1));
      } else {
        alignas(kCacheLine) std::int8_t rows[4][kPanel];
        _mm512_store_si512(rows, codes);
        for (std::int64_t i = 0; i < std::min<std::int64_t>(4, kR - r); ++i) {
          std::memcpy(at + i * stride, rows[i], kPanel);
        }
      }
      at += kTogether * stride;
      asm("" : "+r"(at));
    }
  }
};

// kR rows from `row` on with `tiles` times kP panels from `panel` on, all of whose columns exist.
template <std::int64_t kR, std::int64_t kP, typename Out>
TINYTORCH_VNNI void tile(const Operands& all, const Out& out, std::int64_t row, std::int64_t panel,
                         std::int64_t tiles) {
  // Groups that codes are asked for in advance. Few rows use codes up as fast as they come; asking
  // only gets in the way.
  constexpr std::int64_t kAhead = kR < 4 ? 0 : 64;
  const std::int64_t stride = all.x.stride;
  const std::int64_t groups = all.groups;
  const std::int64_t panel_size = all.panel_size();
  const std::uint8_t* x = all.x.bytes + row * stride;
  const std::int8_t* codes = all.codes + panel * panel_size;
  const std::int32_t* start = all.start + panel * kPanel;
  Out corner = out.from(row, panel);
  const auto constants = out.constants();
  for (; tiles > 0; --tiles) {
    __m512i sums[kP][kR];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < kP; ++p) {
      const __m512i first = _mm512_loadu_si512(start + p * kPanel);
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < kR; ++r) sums[p][r] = first;
    }
    // Three moving pointers reach 12 rows at 0, 1, 2 and 3 strides; left alone, g++ keeps twelve
    // offsets, more than there are registers. The empty asm hides that they move together.
    const std::uint8_t* fours[(kR + 3) / 4];
#pragma GCC unroll 3
    for (std::int64_t i = 0; i < (kR + 3) / 4; ++i) fours[i] = x + 4 * i * stride;
    for (std::int64_t g = 0; g < groups; ++g) {
      __m512i w[kP];
#pragma GCC unroll 4
      for (std::int64_t p = 0; p < kP; ++p) {
        const std::int8_t* from = codes + p * panel_size + g * kPanel * kGroup;
        w[p] = _mm512_loadu_si512(from);
        if (kAhead > 0) _mm_prefetch(from + kAhead * kPanel * kGroup, _MM_HINT_T0);
      }
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < kR; ++r) {
        std::int32_t quad;
        std::memcpy(&quad, fours[r / 4] + r % 4 * stride, sizeof quad);
        const __m512i a = _mm512_set1_epi32(quad);
#pragma GCC unroll 4
        for (std::int64_t p = 0; p < kP; ++p) sums[p][r] = _mm512_dpbusd_epi32(sums[p][r], a, w[p]);
      }
#pragma GCC unroll 3
      for (std::int64_t i = 0; i < (kR + 3) / 4; ++i) {
        fours[i] += kGroup;
        asm("" : "+r"(fours[i]));
      }
    }
    corner.template store<kR, kP>(sums, constants);
    codes += kP * panel_size;
    start += kP * kPanel;
    corner = corner.from(0, kP);
  }
}

template <typename Out>
using Tile = void (*)(const Operands&, const Out&, std::int64_t, std::int64_t, std::int64_t);

// kTiles[log2(panels)][rows - 1]; four panels for as many rows as fit into 24 registers.
template <typename Out>
constexpr std::array<std::array<Tile<Out>, kMaxRows>, 3> kTiles = {{
    {tile<1, 1, Out>, tile<2, 1, Out>, tile<3, 1, Out>, tile<4, 1, Out>, tile<5, 1, Out>,
     tile<6, 1, Out>, tile<7, 1, Out>, tile<8, 1, Out>, tile<9, 1, Out>, tile<10, 1, Out>,
     tile<11, 1, Out>, tile<12, 1, Out>},
    {tile<1, 2, Out>, tile<2, 2, Out>, tile<3, 2, Out>, tile<4, 2, Out>, tile<5, 2, Out>,
     tile<6, 2, Out>, tile<7, 2, Out>, tile<8, 2, Out>, tile<9, 2, Out>, tile<10, 2, Out>,
     tile<11, 2, Out>, tile<12, 2, Out>},
    {tile<1, 4, Out>, tile<2, 4, Out>, tile<3, 4, Out>, tile<4, 4, Out>, tile<5, 4, Out>,
     tile<6, 4, Out>},
}};

// Panels [p, panels) of a few rows, in tiles as wide as they come.
template <typename Out>
void strip(const Operands& all, const Out& out, std::int64_t row, std::int64_t rows, std::int64_t p,
           std::int64_t panels) {
  std::int64_t wide = rows <= 6 ? 2 : 1;
  while (p < panels) {
    while (p + (std::int64_t{1} << wide) > panels) --wide;
    const std::int64_t tiles = (panels - p) >> wide;
    kTiles<Out>[static_cast<std::size_t>(wide)][static_cast<std::size_t>(rows - 1)](all, out, row,
                                                                                    p, tiles);
    p += tiles << wide;
  }
}

// The last panel where it has fewer than 16 outputs: its sums go through a buffer.
TINYTORCH_VNNI void store_some(const SumsOut& out, __mmask16 columns, __m512i sums) {
  _mm512_mask_storeu_epi32(out.to, columns, sums);
}
TINYTORCH_VNNI void store_some(const CodesOut& out, __mmask16 columns, __m512i sums) {
  const __m512i value = out.scaled(sums, _mm512_maskz_loadu_ps(columns, out.multipliers));
  const __m512i values[4] = {value, value, value, value};
  const __m512i codes = CodesOut::narrow(values, out.constants());
  _mm_mask_storeu_epi8(out.to, columns, _mm512_castsi512_si128(codes));
}

template <typename Out>
TINYTORCH_VNNI void edge(const Operands& all, const Out& out, std::int64_t row, std::int64_t rows,
                         std::int64_t panel, std::int64_t width) {
  alignas(kCacheLine) std::int32_t sums[kMaxRows * kPanel];
  const Operands here{{all.x.bytes + row * all.x.stride, all.x.stride},
                      all.codes + panel * all.panel_size(),
                      all.start + panel * kPanel,
                      all.groups};
  kTiles<SumsOut>[0][static_cast<std::size_t>(rows - 1)](here, {sums, kPanel}, 0, 0, 1);
  const auto columns = static_cast<__mmask16>((1u << width) - 1u);
  for (std::int64_t r = 0; r < rows; ++r) {
    store_some(out.from(row + r, panel), columns, _mm512_load_si512(sums + r * kPanel));
  }
}

// A few panels at a time, as many as stay in the second-level cache; for these, strip after strip:
// its inputs stay in the first-level cache while the codes stream by in one piece.
template <typename Out>
void multiply(const Int8Problem& problem, const Operands& all, const Out& out) {
  const std::int64_t outputs = problem.weight.out;
  const std::int64_t whole = outputs / kPanel;
  const std::int64_t many = std::max<std::int64_t>(kBlockBytes / all.panel_size() / 8, 1) * 8;
  for (std::int64_t p = 0; p < problem.weight.panels(); p += many) {
    const bool has_edge = p + many > whole && whole * kPanel < outputs;
    for (std::int64_t r = 0; r < problem.rows; r += kMaxRows) {
      const std::int64_t rows = std::min(kMaxRows, problem.rows - r);
      strip(all, out, r, rows, p, std::min(p + many, whole));
      if (has_edge) edge(all, out, r, rows, whole, outputs - whole * kPanel);
    }
  }
}

// Scratch that grows and stays.
template <typename T>
T* scratch(std::int64_t count) {
  thread_local AlignedVector<T> values;
  if (static_cast<std::int64_t>(values.size()) < count) {
    values.resize(static_cast<std::size_t>(count));
  }
  return values.data();
}

__mmask64 first(std::int64_t count) { return ~__mmask64{0} >> (64 - count); }

// x ^ 0x80 is x + 128. Rows whose distance is a multiple of 1024 would share the same few lines of
// the first-level cache.
TINYTORCH_VNNI Rows copied_rows(const Int8Problem& problem) {
  const std::int64_t in = problem.weight.in;
  const std::int64_t whole = in / 64 * 64;
  std::int64_t stride = (in + 63) / 64 * 64;
  if (stride % 1024 == 0) stride += 64;
  auto* const copy = scratch<std::uint8_t>(problem.rows * stride);
  const __m512i sign = _mm512_set1_epi8(problem.x_unsigned ? 0 : -128);
  for (std::int64_t r = 0; r < problem.rows; ++r) {
    const std::uint8_t* from = problem.x + r * in;
    std::uint8_t* to = copy + r * stride;
    for (std::int64_t k = 0; k < whole; k += 64) {
      _mm512_store_si512(to + k, _mm512_xor_si512(_mm512_loadu_si512(from + k), sign));
    }
    if (whole == in) continue;
    const __m512i rest = _mm512_maskz_loadu_epi8(first(in - whole), from + whole);
    _mm512_store_si512(to + whole, _mm512_xor_si512(rest, sign));
  }
  return {copy, stride};
}

Rows unsigned_rows(const Int8Problem& problem) {
  const std::int64_t in = problem.weight.in;
  const bool as_they_are =
      problem.x_unsigned && in % kGroup == 0 && (in % 1024 != 0 || problem.rows == 1);
  return as_they_are ? Rows{problem.x, in} : copied_rows(problem);
}

// What each output's sum begins with, whole panels of them.
TINYTORCH_VNNI const std::int32_t* first_sums(const Int8Problem& problem) {
  const PackedWeights& weight = problem.weight;
  auto* const start = scratch<std::int32_t>(weight.panels() * kPanel);
  for (std::int64_t o = 0; o < weight.out; o += kPanel) {
    const auto columns = static_cast<__mmask16>(first(std::min(weight.out - o, kPanel)));
    const __m512i bias = _mm512_maskz_loadu_epi32(columns, problem.bias + o);
    const __mmask16 shifted = problem.x_unsigned ? __mmask16{0} : columns;
    const __m512i sums = _mm512_maskz_loadu_epi32(shifted, weight.sums.data() + o);
    _mm512_store_si512(start + o, _mm512_sub_epi32(bias, _mm512_slli_epi32(sums, 7)));
  }
  return start;
}

}  // namespace

void int8_gemm_avx512vnni(const Int8Problem& problem) {
  const PackedWeights& weight = problem.weight;
  const Operands all{unsigned_rows(problem), weight.codes.data(), first_sums(problem),
                     weight.groups()};
  const Requantization* how = problem.requantization;
  if (how == nullptr) return multiply(problem, all, SumsOut{problem.acc, weight.out});
  multiply(problem, all, CodesOut{problem.codes, weight.out, how->multipliers.data(), how});
}

}  // namespace tinytorch::quantization
