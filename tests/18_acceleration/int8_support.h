#pragma once
// What the learner tests of the int8 rungs share: codes, packed weights, and the plain loop.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

inline Codes codes(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  Codes all(static_cast<std::size_t>(count));
  for (std::int8_t& code : all) code = static_cast<std::int8_t>(rng.below(256));
  return all;
}

// What weights of [out, in] are packed to, without pack_weights().
inline PackedWeights packed_by_hand(const Codes& weight, std::int64_t out, std::int64_t in) {
  PackedWeights packed;
  packed.out = out;
  packed.in = in;
  packed.codes.resize(
      static_cast<std::size_t>(packed.panels() * packed.groups() * kPanel * kGroup));
  packed.sums.resize(static_cast<std::size_t>(out));
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t k = 0; k < in; ++k) {
      const std::int8_t w = weight[static_cast<std::size_t>(o * in + k)];
      const std::int64_t row = (o / kPanel * packed.groups() + k / kGroup) * kPanel + o % kPanel;
      packed.codes[static_cast<std::size_t>(row * kGroup + k % kGroup)] = w;
      packed.sums[static_cast<std::size_t>(o)] += w;
    }
  }
  return packed;
}

inline Sums plain(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in,
                  const Sums& bias) {
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / in;
  Sums acc;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      std::int32_t sum = bias[static_cast<std::size_t>(o)];
      for (std::int64_t k = 0; k < in; ++k) {
        sum +=
            x[static_cast<std::size_t>(r * in + k)] * weight[static_cast<std::size_t>(o * in + k)];
      }
      acc.push_back(sum);
    }
  }
  return acc;
}

// "row 3, output 5": where element i of the sums stands.
inline teach::Context row_and_output(std::int64_t out) {
  return [out](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    return "row " + std::to_string(at / out) + ", output " + std::to_string(at % out);
  };
}

// The value that sums hold before a rung writes them.
inline constexpr std::int32_t kBefore = 99;

// The same, and whether the sum was left alone.
inline teach::Context row_and_output_of(const Sums& acc, std::int64_t out) {
  return [&acc, place = row_and_output(out)](std::size_t i) {
    return place(i) + (acc[i] == kBefore ? ": not written, 99 was there before" : "");
  };
}

// What becomes of the sums by slips that every rung invites.
inline std::vector<teach::Suspicion<std::int32_t>> slips(const Codes& x, const Codes& weight,
                                                         std::int64_t out, std::int64_t in,
                                                         const Sums& bias) {
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / in;
  Sums bytes, halves, as_unsigned, even;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      const std::int32_t start = bias[static_cast<std::size_t>(o)];
      std::int32_t all = 0, of_bytes = 0, of_unsigned = 0, without_last = 0;
      for (std::int64_t k = 0; k < in; ++k) {
        const std::int8_t a = x[static_cast<std::size_t>(r * in + k)];
        const std::int8_t b = weight[static_cast<std::size_t>(o * in + k)];
        all += a * b;
        of_bytes += static_cast<std::int8_t>(a * b);
        of_unsigned += static_cast<std::uint8_t>(a) * b;
        if (k < in / 2 * 2) without_last += a * b;
      }
      bytes.push_back(start + of_bytes);
      halves.push_back(start + static_cast<std::int16_t>(all));
      as_unsigned.push_back(start + of_unsigned);
      even.push_back(start + without_last);
    }
  }
  return {{bytes, "The product of two codes is no code: widen them to int32 before multiplying."},
          {halves, "A sum does not fit 16 bits: they are int32 from the first product on."},
          {as_unsigned, "Codes of x are signed: -2 stays -2."},
          {even, "The last of an odd number of steps of k is missing."}};
}

// 0, 37, 74, …
inline Sums biases(std::int64_t out) {
  Sums bias(static_cast<std::size_t>(out));
  for (std::size_t o = 0; o < bias.size(); ++o) bias[o] = static_cast<std::int32_t>(o * 37);
  return bias;
}

}  // namespace tinytorch::quantization
