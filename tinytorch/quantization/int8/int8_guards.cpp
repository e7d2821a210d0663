#include "tinytorch/quantization/int8/int8_guards.h"

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {

void require_whole_code_rows(std::string_view operation, std::size_t codes, std::int64_t in) {
  require_at_least(operation, "codes of a row", in, 1);
  if (codes % static_cast<std::size_t>(in) == 0) return;
  throw Error(concat(operation, ": ", codes, " codes must be whole rows of ", in));
}

void require_int8_product(std::string_view operation, std::int64_t out, std::int64_t in,
                          const ProductElements& elements) {
  const auto is = [](std::size_t size, std::int64_t rows, std::int64_t columns) {
    return checked_product({rows, columns}) == static_cast<std::int64_t>(size);
  };
  const std::int64_t rows = in < 1 ? 0 : static_cast<std::int64_t>(elements.x) / in;
  if (in >= 1 && out >= 1 && is(elements.x, rows, in) && is(elements.weight, out, in) &&
      is(elements.bias, out, 1) && is(elements.acc, rows, out)) {
    return;
  }
  throw Error(concat(operation, ": x of ", elements.x, ", weight of ", elements.weight,
                     ", bias of ", elements.bias, " and acc of ", elements.acc,
                     " elements do not fit together"));
}

}  // namespace tinytorch::quantization
