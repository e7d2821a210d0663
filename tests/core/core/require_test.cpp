// The guards of core/require.h: what they let through, and the exact words where they do not.
#include "tinytorch/core/require.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::string refusal(const std::function<void()>& guard) {
  try {
    guard();
  } catch (const Error& error) {
    return error.what();
  }
  return "let through";
}

TEST(Require, SaysOperationConditionAndValue) {
  EXPECT_EQ(refusal([] { require_same_size("f", 3, 4); }), "f: sizes must be equal, got 3 and 4");
  EXPECT_EQ(refusal([] { require_count("f", "moments", 8, 9); }), "f: moments must be 9, got 8");
  EXPECT_EQ(refusal([] { require_not_empty("f", "p", 0); }), "f: p must not be empty");
  EXPECT_EQ(refusal([] { require_divides("f", "weights", 7, "channels", 3); }),
            "f: 7 weights must divide evenly into 3 channels");
  EXPECT_EQ(refusal([] { require_at_least("f", "steps", -1, 0); }),
            "f: steps must be at least 0, got -1");
  EXPECT_EQ(refusal([] { require_between("f", "bits", 9, 2, 8); }),
            "f: bits must be from 2 to 8, got 9");
  EXPECT_EQ(refusal([] { require_within("f", "ratio", 1.1f, 0.0, 0.9f); }),
            "f: ratio must be from 0 to 0.9, got 1.1");
  EXPECT_EQ(refusal([] { require_positive("f", "scale", -0.1f); }),
            "f: scale must be positive and finite, got -0.1");
  EXPECT_EQ(refusal([] { require_not_negative("f", "max_abs", -0.1f); }),
            "f: max_abs must be finite and at least 0, got -0.1");
  EXPECT_EQ(refusal([] { require_finite("f", "max", -kInfinity); }),
            "f: max must be finite, got -inf");
  const std::vector<float> values = {1.0f, kNan, kInfinity};
  EXPECT_EQ(refusal([&] { require_finite("f", "weight", values); }),
            "f: weight[1] must be finite, got nan");
}

TEST(Require, LetsTheEndsThrough) {
  EXPECT_EQ(refusal([] {
              require_same_size("f", 0, 0);
              require_count("f", "moments", 9, 9);
              require_not_empty("f", "p", 1);
              require_divides("f", "weights", 6, "channels", 6);
              require_at_least("f", "steps", 0, 0);
              require_between("f", "bits", 2, 2, 8);
              require_between("f", "bits", 8, 2, 8);
              require_within("f", "ratio", 0.0, 0.0, 1.0);
              require_within("f", "ratio", 1.0, 0.0, 1.0);
              require_positive("f", "scale", std::numeric_limits<float>::denorm_min());
              require_not_negative("f", "max_abs", 0.0);
              require_finite("f", "max", std::numeric_limits<float>::lowest());
              require_finite("f", "weight", std::vector<float>{});
            }),
            "let through");
}

TEST(Require, RefusesWhatIsNoNumber) {
  EXPECT_NE(refusal([] { require_within("f", "ratio", kNan, 0.0, 1.0); }), "let through");
  EXPECT_NE(refusal([] { require_positive("f", "scale", kNan); }), "let through");
  EXPECT_NE(refusal([] { require_positive("f", "scale", 0.0); }), "let through");
  EXPECT_NE(refusal([] { require_positive("f", "scale", kInfinity); }), "let through");
  EXPECT_NE(refusal([] { require_not_negative("f", "max_abs", kNan); }), "let through");
  EXPECT_NE(refusal([] { require_not_negative("f", "max_abs", kInfinity); }), "let through");
  EXPECT_NE(refusal([] { require_divides("f", "weights", 0, "channels", 3); }), "let through");
  EXPECT_NE(refusal([] { require_divides("f", "weights", 6, "channels", 0); }), "let through");
  EXPECT_NE(refusal([] { require_divides("f", "weights", 6, "channels", -3); }), "let through");
}

}  // namespace
}  // namespace tinytorch
