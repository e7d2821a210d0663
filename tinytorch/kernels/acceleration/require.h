#pragma once
// Guards of the ladder: what its contracts demand, one line each (see core/require.h). Each throws
// Error when the condition does not hold, and names what was given. Given (require.cpp).

#include <cstdint>
#include <string_view>

namespace tinytorch::kernels {

// a of `a` values is [m, k], b is [k, n], c is [m, n]: "gemm_scalar: a of 5, b of 6 and c of 4
// values are not [2, 3] · [3, 2] = [2, 2]". Refuses negative sizes, and what an int64 cannot count.
void require_product(std::string_view operation, std::size_t a, std::size_t b, std::size_t c,
                     std::int64_t m, std::int64_t n, std::int64_t k);

// x is whole rows of `columns` values, and out as large as x.
void require_whole_rows(std::string_view operation, std::size_t x, std::int64_t columns,
                        std::size_t out);

// A plan for m · n values of k steps: sizes of at least 0, at least one thread, and, where there
// are values, `unit` · threads · m · n · max(k, 1) fits in 64 bits, so that m and n can be rounded
// up to whole units.
void require_plan_sizes(std::string_view operation, std::int64_t m, std::int64_t n, std::int64_t k,
                        int threads, std::int64_t unit);

}  // namespace tinytorch::kernels
