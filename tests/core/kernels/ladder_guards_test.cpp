// What the guards of the ladders let through, and what they say where they do not.
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/kernels/acceleration/autotune.h"
#include "tinytorch/kernels/acceleration/require.h"
#include "tinytorch/quantization/int8/int8_guards.h"

namespace tinytorch::kernels {
namespace {

using quantization::require_int8_product;
using quantization::require_whole_code_rows;

constexpr std::int64_t kHuge = std::int64_t{1} << 32;

TEST(LadderGuards, ProductsFitTheirSizes) {
  require_product("f", 6, 6, 4, 2, 2, 3);
  require_product("f", 0, 0, 4, 2, 2, 0);
  EXPECT_ERROR(require_product("f", 5, 6, 4, 2, 2, 3),
               "f: a of 5, b of 6 and c of 4 values are not [2, 3] · [3, 2] = [2, 2]");
  EXPECT_ERROR(require_product("f", 6, 7, 4, 2, 2, 3), "b of 7");
  EXPECT_ERROR(require_product("f", 6, 6, 3, 2, 2, 3), "c of 3");
  // Two negative sizes make a positive product.
  EXPECT_ERROR(require_product("f", 6, 6, 4, -2, -2, -3), "[-2, -3]");
  EXPECT_ERROR(require_product("f", 0, 0, 0, kHuge, kHuge, kHuge), "4294967296");
}

TEST(LadderGuards, RowsAreWhole) {
  require_whole_rows("f", 6, 3, 6);
  require_whole_rows("f", 0, 3, 0);
  EXPECT_ERROR(require_whole_rows("f", 5, 2, 5), "x of 5 values must be whole rows of 2");
  EXPECT_ERROR(require_whole_rows("f", 6, 0, 6), "columns must be at least 1, got 0");
  EXPECT_ERROR(require_whole_rows("f", 4, 2, 6), "values of out must be 4, got 6");
}

TEST(LadderGuards, PlansCanBeCounted) {
  require_plan_sizes("f", 0, kHuge, kHuge, 2, 32);
  require_plan_sizes("f", kHuge, 0, kHuge, 2, 32);
  require_plan_sizes("f", 5, 4, 0, 2, 32);
  EXPECT_ERROR(require_plan_sizes("f", 5, 5, 5, 0, 32), "threads must be at least 1, got 0");
  EXPECT_ERROR(require_plan_sizes("f", -1, 5, 5, 1, 32), "every size must be at least 0, got -1");
  EXPECT_ERROR(require_plan_sizes("f", 5, 5, -1, 1, 32), "got -1");
  EXPECT_ERROR(require_plan_sizes("f", kHuge, kHuge, 1, 2, 12), "must fit in 64 bits");
  // Rounding up to whole units, and multiplying by a part's number, need room as well.
  EXPECT_ERROR(require_plan_sizes("f", std::int64_t{1} << 60, 1, 1, 2, 12), "1152921504606846976");
}

TEST(LadderGuards, CodesFitTheirRows) {
  require_whole_code_rows("f", 0, 3);
  EXPECT_ERROR(require_whole_code_rows("f", 5, 3), "f: 5 codes must be whole rows of 3");
  EXPECT_ERROR(require_whole_code_rows("f", 4, 0), "codes of a row must be at least 1, got 0");
  require_int8_product("f", 2, 3, {0, 6, 2, 0});
  require_int8_product("f", 2, 3, {6, 6, 2, 4});
  EXPECT_ERROR(require_int8_product("f", 2, 3, {7, 6, 2, 4}), "f: x of 7, weight of 6, bias of 2");
  EXPECT_ERROR(require_int8_product("f", 2, 3, {6, 7, 2, 4}), "weight of 7");
  EXPECT_ERROR(require_int8_product("f", 2, 3, {6, 6, 3, 4}), "bias of 3");
  EXPECT_ERROR(require_int8_product("f", 2, 3, {6, 6, 2, 3}), "acc of 3");
  EXPECT_ERROR(require_int8_product("f", 0, 3, {6, 0, 0, 0}), "do not fit together");
  EXPECT_ERROR(require_int8_product("f", 2, 0, {0, 0, 2, 0}), "do not fit together");
}

TEST(LadderGuards, ABrokenClockIsNamed) {
  for (const double wrong :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_ERROR(timed({"b", [=] { return wrong; }}), "candidate b must be finite and at least 0");
  }
  EXPECT_EQ(timed({"a", [] { return 0.0; }}), 0.0);
}

}  // namespace
}  // namespace tinytorch::kernels
