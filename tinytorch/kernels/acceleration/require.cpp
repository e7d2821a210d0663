#include "tinytorch/kernels/acceleration/require.h"

#include <algorithm>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::kernels {

void require_product(std::string_view operation, std::size_t a, std::size_t b, std::size_t c,
                     std::int64_t m, std::int64_t n, std::int64_t k) {
  const auto holds = [](std::size_t size, std::int64_t rows, std::int64_t columns) {
    return rows >= 0 && columns >= 0 &&
           checked_product({rows, columns}) == static_cast<std::int64_t>(size);
  };
  if (holds(a, m, k) && holds(b, k, n) && holds(c, m, n)) return;
  throw Error(concat(operation, ": a of ", a, ", b of ", b, " and c of ", c, " values are not [", m,
                     ", ", k, "] · [", k, ", ", n, "] = [", m, ", ", n, "]"));
}

void require_whole_rows(std::string_view operation, std::size_t x, std::int64_t columns,
                        std::size_t out) {
  require_at_least(operation, "columns", columns, 1);
  if (x % static_cast<std::size_t>(columns) != 0) {
    throw Error(concat(operation, ": x of ", x, " values must be whole rows of ", columns));
  }
  require_count(operation, "values of out", out, x);
}

void require_plan_sizes(std::string_view operation, std::int64_t m, std::int64_t n, std::int64_t k,
                        int threads, std::int64_t unit) {
  require_at_least(operation, "threads", threads, 1);
  for (const std::int64_t size : {m, n, k}) require_at_least(operation, "every size", size, 0);
  if (m == 0 || n == 0) return;
  if (checked_product({unit, threads, m, n, std::max<std::int64_t>(k, 1)})) return;
  throw Error(concat(operation, ": ", m, " x ", n, " values of ", k, " steps on ", threads,
                     " threads must fit in 64 bits"));
}

}  // namespace tinytorch::kernels
