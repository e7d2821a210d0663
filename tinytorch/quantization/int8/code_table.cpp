#include "tinytorch/quantization/int8/code_table.h"

#include <algorithm>

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
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = middle[x[i]];
}

CodeTable tabulate(const Function& function, QParams from, QParams to, QRange range) {
  require_grid("code table: the input", from);
  require_grid("code table: the output", to);
  require_codes("code table", range);
  std::array<float, 256> values{};
  dequantize(every_code(), from, values);
  for (float& value : values) value = value_of(function, value);
  std::array<std::int8_t, 256> codes{};
  quantize(values, to, range, codes);
  return CodeTable(codes);
}

CodeTable requantization_table(QParams from, QParams to, QRange range) {
  require_grid("code table: the input", from);
  require_grid("code table: the output", to);
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
