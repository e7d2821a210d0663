#pragma once
// Guards of the integer ladder: what its contracts demand, one line each (see core/require.h). Each
// throws Error when the condition does not hold. Given (int8_guards.cpp).

#include <cstdint>
#include <string_view>

namespace tinytorch::quantization {

// "widen: 5 codes must be whole rows of 3"; rows have at least one code, and there may be no rows.
void require_whole_code_rows(std::string_view operation, std::size_t codes, std::int64_t in);

// How many elements each operand of a product has.
struct ProductElements {
  std::size_t x;
  std::size_t weight;
  std::size_t bias;
  std::size_t acc;
};

// x is [rows, in], the weight [out, in], bias [out] and acc [rows, out], with in and out at least
// 1: "int8_gemm_blocked: x of 7, weight of 6, bias of 2 and acc of 4 elements do not fit together".
void require_int8_product(std::string_view operation, std::int64_t out, std::int64_t in,
                          const ProductElements& elements);

}  // namespace tinytorch::quantization
