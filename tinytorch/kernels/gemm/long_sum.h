#pragma once
// Matrix products of many steps: chains of float products, added up in double. Given.

#include <cstdint>
#include <span>
#include <vector>

namespace tinytorch::kernels {

// A matrix product of more than kLongProduct steps adds up chains of kLongestChain float products
// in double, and so does a gradient that gathers many products.
inline constexpr std::int64_t kLongestChain = 1024;
inline constexpr std::int64_t kLongProduct = 2 * kLongestChain;

// Matrix products that are added up in `out`:
//     LongSum sum(out);
//     for (…) gemm(…, steps, …, out, sum.continues(steps));
//     sum.finish();
// Up to kLongestChain steps in all, this is the same as accumulating in `out`, bit for bit.
class LongSum {
 public:
  // With `holds_a_sum`, what `out` holds is the first summand; else it is overwritten.
  explicit LongSum(std::span<float> out, bool holds_a_sum = false)
      : out_(out), started_(holds_a_sum) {}
  // Whether the next product, of `steps` steps, is added to what `out` holds (else it replaces it).
  bool continues(std::int64_t steps);
  // Afterwards `out` holds the sum, zeros where nothing was added.
  void finish();

 private:
  void put_aside();

  std::span<float> out_;
  bool started_;            // out_ holds a part of the sum
  std::int64_t steps_ = 0;  // of the chain in out_
  std::vector<double> totals_;
};

}  // namespace tinytorch::kernels
