// The float product in every instruction set against one plain loop of fused multiply-adds.
#include "tinytorch/kernels/gemm/packed_gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/gemm/gemm.h"

namespace tinytorch::kernels {
namespace {

std::vector<float> normals(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = rng.normal();
  return values;
}

struct Product {
  std::int64_t m, n, k;
  bool transposed_a, transposed_b;

  StridedFloats view(const std::vector<float>& values, bool transposed, std::int64_t rows,
                     std::int64_t columns) const {
    if (transposed) return {values.data(), 1, rows};
    return {values.data(), columns, 1};
  }
  StridedFloats a(const std::vector<float>& values) const {
    return view(values, transposed_a, m, k);
  }
  StridedFloats b(const std::vector<float>& values) const {
    return view(values, transposed_b, k, n);
  }
};

std::vector<float> plain(const Product& p, const StridedFloats& a, const StridedFloats& b,
                         std::vector<float> c, bool accumulate) {
  for (std::int64_t i = 0; i < p.m; ++i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      float& out = c[static_cast<std::size_t>(i * p.n + j)];
      float sum = accumulate ? out : 0.0f;
      for (std::int64_t l = 0; l < p.k; ++l) {
        sum = std::fma(a.data[i * a.row_stride + l * a.column_stride],
                       b.data[l * b.row_stride + j * b.column_stride], sum);
      }
      out = sum;
    }
  }
  return c;
}

// Around every border: 12 rows, 32 columns, 512 steps, 240 rows, rows 2 KiB apart.
class PackedGemm : public testing::TestWithParam<Product> {};

TEST_P(PackedGemm, EveryInstructionSetIsThePlainLoopBitForBit) {
  const Product& p = GetParam();
  const auto a = normals(p.m * p.k, 1);
  const auto b = normals(p.k * p.n, 2);
  PackedFloats packed;
  pack(p.b(b), p.k, p.n, packed);
  for (const bool accumulate : {false, true}) {
    const auto before = normals(p.m * p.n, 3);
    const auto expected = plain(p, p.a(a), p.b(b), before, accumulate);
    for (const FloatIsa isa : supported_float_isas()) {
      auto c = before;
      gemm_packed(p.a(a), p.m, packed, c.data(), accumulate, kernel_of(isa));
      ASSERT_EQ(c, expected) << name(isa) << (accumulate ? " accumulating" : "");
    }
    auto c = before;
    gemm_packed(p.a(a), p.m, packed, c.data(), accumulate);
    ASSERT_EQ(c, expected) << "the engine's tiles" << (accumulate ? ", accumulating" : "");
  }
}

std::vector<Product> products() {
  std::vector<Product> all;
  for (const std::int64_t m : {1, 2, 3, 4, 6, 7, 11, 12, 13, 29}) {
    for (const std::int64_t n : {1, 10, 16, 17, 32, 33, 100, 140}) {
      all.push_back({m, n, 1 + (m * n) % 37, m % 2 == 0, n % 2 == 0});
    }
  }
  all.push_back({241, 40, 513, false, false});
  all.push_back({241, 40, 513, true, true});
  all.push_back({20, 64, 1024, false, true});
  all.push_back({5, 48, 1030, true, false});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Shapes, PackedGemm, testing::ValuesIn(products()), [](const auto& test) {
  const Product& p = test.param;
  return "m" + std::to_string(p.m) + "n" + std::to_string(p.n) + "k" + std::to_string(p.k) +
         (p.transposed_a ? "ta" : "") + (p.transposed_b ? "tb" : "");
});

TEST(PackedGemm, OfNoStepsIsZeroOrWhatWasThere) {
  PackedFloats packed;
  pack({nullptr, 5, 1}, 0, 5, packed);
  std::vector<float> c(10, 7.0f);
  gemm_packed({nullptr, 0, 1}, 2, packed, c.data(), true);
  EXPECT_EQ(c, std::vector<float>(10, 7.0f));
  gemm_packed({nullptr, 0, 1}, 2, packed, c.data(), false);
  EXPECT_EQ(c, std::vector<float>(10, 0.0f));
}

TEST(PackedGemm, CarriesNanAndInfinity) {
  std::vector<float> a(8, 1.0f), b(64, 1.0f), c(4 * 32);
  a[5] = std::nanf("");
  b[3] = INFINITY;
  gemm(Trans::kNo, Trans::kNo, 4, 32, 2, a, b, c);
  EXPECT_TRUE(std::isnan(c[2 * 32])) << "row 2 holds the NaN";
  EXPECT_TRUE(std::isinf(c[3])) << "column 3 holds the infinity";
  EXPECT_EQ(c[0], 2.0f);
}

}  // namespace
}  // namespace tinytorch::kernels
