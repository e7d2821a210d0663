#include "tinytorch/quantization/int8/detail/depthwise.h"

#include <immintrin.h>

#include <algorithm>

#include "tinytorch/quantization/int8/detail/avx2_pairs.h"

namespace tinytorch::quantization {

DepthwiseWeights pack_depthwise(std::span<const std::int8_t> weight, std::int64_t out,
                                const Extent2& kernel) {
  DepthwiseWeights packed;
  packed.channels = (out + kDepthwiseLanes - 1) / kDepthwiseLanes * kDepthwiseLanes;
  packed.kernel = kernel;
  const std::int64_t taps = packed.bands() * kernel.width;
  packed.quads.resize(static_cast<std::size_t>(taps * packed.channels * 4));
  for (std::int64_t c = 0; c < out; ++c) {
    for (std::int64_t u = 0; u < kernel.height; ++u) {
      for (std::int64_t v = 0; v < kernel.width; ++v) {
        const std::int64_t tap = u / 4 * kernel.width + v;
        const std::int64_t to = (tap * packed.channels + c) * 4 + u % 4;
        packed.quads[static_cast<std::size_t>(to)] =
            weight[static_cast<std::size_t>((c * kernel.height + u) * kernel.width + v)];
      }
    }
  }
  return packed;
}

void interleave_lines(const std::uint8_t* rows, std::int64_t step, std::int64_t line,
                      std::uint8_t* quads) {
  const auto load = [&](std::int64_t t, std::int64_t k) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows + t * step + k));
  };
  const auto store = [&](std::int64_t k, __m128i bytes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(quads + k), bytes);
  };
  for (std::int64_t k = 0; k < line; k += 16) {  // a line is whole blocks of 16
    const __m128i a = load(0, k), b = load(1, k), c = load(2, k), d = load(3, k);
    const __m128i ab = _mm_unpacklo_epi8(a, b), cd = _mm_unpacklo_epi8(c, d);
    const __m128i ab_high = _mm_unpackhi_epi8(a, b), cd_high = _mm_unpackhi_epi8(c, d);
    store(4 * k, _mm_unpacklo_epi16(ab, cd));
    store(4 * k + 16, _mm_unpackhi_epi16(ab, cd));
    store(4 * k + 32, _mm_unpacklo_epi16(ab_high, cd_high));
    store(4 * k + 48, _mm_unpackhi_epi16(ab_high, cd_high));
  }
}

namespace {

constexpr std::int64_t kBlock = kDepthwiseLanes * 4;  // bytes of the quads of 16 channels

// Where the taps of place j begin for the block of channels from c on.
const std::uint8_t* codes_at(const DepthwiseLine& line, std::int64_t j, std::int64_t c) {
  return line.quads + j * line.step + c * 4;
}
const std::int8_t* weights_at(const DepthwiseLine& line, std::int64_t b, std::int64_t c) {
  return line.weights.quads.data() +
         (b * line.weights.kernel.width * line.weights.channels + c) * 4;
}

void block_scalar(const DepthwiseLine& line, std::int64_t j, std::int64_t c) {
  const std::int64_t place = line.weights.channels * 4;
  std::int32_t* sums = line.sums + j * line.weights.channels + c;
  std::copy_n(line.bias + c, kDepthwiseLanes, sums);
  for (std::int64_t b = 0; b < line.weights.bands(); ++b) {
    const std::uint8_t* x = codes_at(line, j, c) + b * line.band;
    const std::int8_t* w = weights_at(line, b, c);
    for (std::int64_t v = 0; v < line.weights.kernel.width; ++v, x += line.tap, w += place) {
      for (std::int64_t k = 0; k < kBlock; ++k) {
        sums[k / 4] += std::int32_t{static_cast<std::int8_t>(x[k])} * std::int32_t{w[k]};
      }
    }
  }
}

[[gnu::target("avx2")]] inline __m256i widened(const void* from) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(static_cast<const __m128i*>(from)));
}

// Codes are widened to int16 and multiplied by vpmaddwd, whose sums are int32: vpmaddubsw would
// saturate.
[[gnu::target("avx2")]] void block_avx2(const DepthwiseLine& line, std::int64_t j, std::int64_t c) {
  const std::int64_t place = line.weights.channels * 4;
  __m256i sums[4] = {};
  for (std::int64_t b = 0; b < line.weights.bands(); ++b) {
    const std::uint8_t* x = codes_at(line, j, c) + b * line.band;
    const std::int8_t* w = weights_at(line, b, c);
    for (std::int64_t v = 0; v < line.weights.kernel.width; ++v, x += line.tap, w += place) {
      for (std::int64_t i = 0; i < 4; ++i) {
        const __m256i products = _mm256_madd_epi16(widened(x + 16 * i), widened(w + 16 * i));
        sums[i] = _mm256_add_epi32(sums[i], products);
      }
    }
  }
  for (std::int64_t half = 0; half < 2; ++half) {
    const auto* bias = reinterpret_cast<const __m256i*>(line.bias + c + 8 * half);
    auto* to = reinterpret_cast<__m256i*>(line.sums + j * line.weights.channels + c + 8 * half);
    const __m256i total = add_pairs(sums[2 * half], sums[2 * half + 1]);
    _mm256_storeu_si256(to, _mm256_add_epi32(total, _mm256_loadu_si256(bias)));
  }
}

// kPlaces places next to each other share every weight that is loaded.
template <std::int64_t kPlaces>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] void block_avx512vnni(
    const DepthwiseLine& line, std::int64_t j, std::int64_t c) {
  const std::int64_t channels = line.weights.channels;
  __m512i sums[kPlaces];
#pragma GCC unroll 8
  for (std::int64_t q = 0; q < kPlaces; ++q) sums[q] = _mm512_loadu_si512(line.bias + c);
  for (std::int64_t b = 0; b < line.weights.bands(); ++b) {
    const std::uint8_t* x = codes_at(line, j, c) + b * line.band;
    const std::int8_t* w = weights_at(line, b, c);
    for (std::int64_t v = 0; v < line.weights.kernel.width; ++v, x += line.tap, w += channels * 4) {
      const __m512i weights = _mm512_loadu_si512(w);
#pragma GCC unroll 8
      for (std::int64_t q = 0; q < kPlaces; ++q) {
        const __m512i codes = _mm512_loadu_si512(x + q * line.step);
        sums[q] = _mm512_dpbusd_epi32(sums[q], codes, weights);
      }
    }
  }
#pragma GCC unroll 8
  for (std::int64_t q = 0; q < kPlaces; ++q) {
    _mm512_storeu_si512(line.sums + (j + q) * channels + c, sums[q]);
  }
}

void line_avx512vnni(const DepthwiseLine& line, std::int64_t c) {
  constexpr std::int64_t kWide = 8;
  std::int64_t j = 0;
  for (; j + kWide <= line.places; j += kWide) block_avx512vnni<kWide>(line, j, c);
  for (; j < line.places; ++j) block_avx512vnni<1>(line, j, c);
}

}  // namespace

void depthwise_line(const DepthwiseLine& line, Isa isa) {
  for (std::int64_t c = 0; c < line.weights.channels; c += kDepthwiseLanes) {
    if (isa == Isa::kAvx512Vnni) {
      line_avx512vnni(line, c);
      continue;
    }
    for (std::int64_t j = 0; j < line.places; ++j) {
      isa == Isa::kAvx2 ? block_avx2(line, j, c) : block_scalar(line, j, c);
    }
  }
}

}  // namespace tinytorch::quantization
