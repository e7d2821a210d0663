// The engine on a module of which its learner has written a part: what stands is used, what is
// still a stub is stood in for, and nothing is called to find out which is which.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/acceleration/fused.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/kernels/convolve.h"
#include "tinytorch/kernels/fusions.h"
#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/rows.h"
#include "tinytorch/quantization/int8/detail/int8_tile.h"
#include "tinytorch/quantization/int8/int8_ladder.h"

namespace tinytorch {
namespace {

TEST(PartlyWritten, WhatStandsIsUsed) {
  EXPECT_EQ(kernels::acceleration().pack_panel, &kernels::pack_panel);
  EXPECT_EQ(kernels::fusions().bias_gelu, &kernels::bias_gelu);
  EXPECT_EQ(quantization::int8_tile().multiply, &quantization::int8_gemm_parallel);
}

TEST(PartlyWritten, AWrongAnswerIsUsedAsWell) {
  const std::vector<float> x{1.0f, 2.0f, 3.0f, 4.0f};
  std::vector<float> out(4);
  kernels::softmax_rows(x, 4, 1.0f, false, out);
  EXPECT_EQ(out, std::vector<float>(4, 0.25f));
}

// plan_parts() is there and gemm_parallel() is not: a task that is half done is a stub.
TEST(PartlyWritten, AHalfDoneTaskIsStoodInFor) {
  EXPECT_NE(kernels::acceleration().product, &kernels::gemm_parallel);
  constexpr std::int64_t kSide = 64;
  const std::vector<float> ones(kSide * kSide, 1.0f);
  std::vector<float> c(kSide * kSide);
  kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, kSide, kSide, kSide, ones, ones, c,
                false);
  EXPECT_EQ(c, std::vector<float>(kSide * kSide, kSide));
}

TEST(PartlyWritten, AStubIsStoodInFor) {
  EXPECT_EQ(kernels::fusions().pack_windows, nullptr);
  EXPECT_EQ(kernels::fusions().direct, nullptr);
}

TEST(PartlyWritten, NoStubIsCalled) {
  detail::take_not_implemented();
  static_cast<void>(kernels::acceleration());
  static_cast<void>(kernels::fusions());
  static_cast<void>(quantization::int8_tile());
  EXPECT_EQ(detail::take_not_implemented(), "");
}

}  // namespace
}  // namespace tinytorch
