#include "tinytorch/quantization/int8/code_table.h"

#include <algorithm>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

std::array<std::int8_t, 256> every_code() {
  std::array<std::int8_t, 256> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::int8_t>(static_cast<int>(i) - 128);
  }
  return codes;
}

#if defined(__x86_64__)
// 64 codes a step: each half of the table lies in two registers, and the highest bit of the index
// says which half. Returns how many codes are done.
[[gnu::target("avx512f,avx512bw,avx512vbmi")]] std::size_t look_up_64(const std::int8_t* table,
                                                                      const std::int8_t* x,
                                                                      std::int8_t* y,
                                                                      std::size_t count) {
  const __m512i first = _mm512_loadu_si512(table);
  const __m512i second = _mm512_loadu_si512(table + 64);
  const __m512i third = _mm512_loadu_si512(table + 128);
  const __m512i fourth = _mm512_loadu_si512(table + 192);
  const __m512i offset = _mm512_set1_epi8(-128);
  std::size_t done = 0;
  for (; done + 64 <= count; done += 64) {
    const __m512i index = _mm512_xor_si512(_mm512_loadu_si512(x + done), offset);
    const __m512i low = _mm512_permutex2var_epi8(first, index, second);
    const __m512i high = _mm512_permutex2var_epi8(third, index, fourth);
    _mm512_storeu_si512(y + done, _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high));
  }
  return done;
}

bool has_vbmi() {
  static const bool has =
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
  return has;
}
#endif

}  // namespace

CodeTable::CodeTable(std::span<const std::int8_t> codes) {
  if (codes.size() != codes_.size()) {
    throw Error(concat("code table: ", codes.size(), " codes, expected 256"));
  }
  std::copy(codes.begin(), codes.end(), codes_.begin());
  identity_ = codes_ == every_code();
}

void CodeTable::forward(std::span<const std::int8_t> x, std::span<std::int8_t> y) const {
  if (x.size() != y.size()) {
    throw Error(concat("code table: ", x.size(), " codes in, room for ", y.size()));
  }
  const std::int8_t* middle = codes_.data() + 128;
  std::size_t i = 0;
#if defined(__x86_64__)
  if (has_vbmi()) i = look_up_64(codes_.data(), x.data(), y.data(), x.size());
#endif
  for (; i < x.size(); ++i) y[i] = middle[x[i]];
}

CodeTable tabulate(const Function& function, QParams from, QParams to, QRange range) {
  require_qparams("code table: the input", from);
  require_qparams("code table: the output", to);
  require_codes("code table", range);
  std::array<float, 256> values{};
  dequantize(every_code(), from, values);
  for (float& value : values) value = value_of(function, value);
  std::array<std::int8_t, 256> codes{};
  quantize(values, to, range, codes);
  return CodeTable(codes);
}

CodeTable requantization_table(QParams from, QParams to, QRange range) {
  require_qparams("code table: the input", from);
  require_qparams("code table: the output", to);
  require_codes("code table", range);
  std::array<std::int8_t, 256> codes = every_code();
  if (from == to) {
    for (std::int8_t& code : codes) {
      code = static_cast<std::int8_t>(std::clamp<std::int32_t>(code, range.qmin, range.qmax));
    }
    return CodeTable(codes);
  }
  std::array<float, 256> values{};
  dequantize(codes, from, values);
  quantize(values, to, range, codes);
  return CodeTable(codes);
}

}  // namespace tinytorch::quantization
