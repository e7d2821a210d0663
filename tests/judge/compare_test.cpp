#include "tito/judge/compare.h"

#include <cmath>
#include <limits>

namespace tito {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Values floats(std::vector<float> array) {
  Values values;
  values.add("x", std::move(array));
  return values;
}

std::string told(const Values& expected, const Values& got, Tolerance tolerance = {}) {
  return mismatch(expected, got, tolerance).value_or("");
}

TEST(Compare, EqualValuesAgree) { EXPECT_EQ(told(floats({1, 2}), floats({1, 2})), ""); }

TEST(Compare, NamesFirstIndexValuesCountAndLargestDifference) {
  EXPECT_EQ(told(floats({1, 2, 3, 4}), floats({1, 2.5f, 3, 8})),
            "x[1]: expected 2, got 2.5 (2 of 4 differ, by 4 at most)");
}

TEST(Compare, IsBitExactWithoutATolerance) {
  EXPECT_NE(told(floats({1}), floats({std::nextafterf(1, 2)})), "");
  EXPECT_EQ(told(floats({0.0f}), floats({-0.0f})), "x: expected 0, got -0 (by 0 at most)");
}

TEST(Compare, ToleranceIsAbsolutePlusRelative) {
  const Tolerance tolerance{0.01, 0.5};
  EXPECT_EQ(told(floats({100}), floats({101.5f}), tolerance), "");
  EXPECT_NE(told(floats({100}), floats({101.6f}), tolerance), "");
}

TEST(Compare, NaNAgreesWithNaNAlone) {
  for (const Tolerance& tolerance : {Tolerance{}, Tolerance{1, 1e30}}) {
    EXPECT_EQ(told(floats({kNaN}), floats({-kNaN}), tolerance), "");
    EXPECT_NE(told(floats({1}), floats({kNaN}), tolerance), "");
    EXPECT_NE(told(floats({kNaN}), floats({1}), tolerance), "");
  }
}

TEST(Compare, AnInfinityAgreesWithItselfAlone) {
  for (const Tolerance& tolerance : {Tolerance{}, Tolerance{1, 1e30}}) {
    EXPECT_EQ(told(floats({kInf}), floats({kInf}), tolerance), "");
    EXPECT_NE(told(floats({kInf}), floats({-kInf}), tolerance), "");
    EXPECT_NE(told(floats({1}), floats({kInf}), tolerance), "");
    EXPECT_NE(told(floats({kInf}), floats({1}), tolerance), "");
  }
}

TEST(Compare, WholeNumbersAreExactWhateverTheTolerance) {
  Values expected, got;
  expected.add("codes", std::vector<std::int8_t>{-3});
  got.add("codes", std::vector<std::int8_t>{-4});
  EXPECT_EQ(told(expected, got, {1, 100}), "codes: expected -3, got -4 (by 1 at most)");
}

TEST(Compare, ShapeNameTypeAndNumberOfEntriesMatter) {
  Values other_name, other_type, more = floats({1});
  other_name.add("y", std::vector<float>{1});
  other_type.add("x", std::vector<double>{1});
  more.add_int("z\x1b[2J", 1);
  EXPECT_EQ(told(floats({1}), floats({1, 1})), "x: expected 1 elements, got 2");
  EXPECT_EQ(told(floats({1}), other_name), "x: no such entry in the answer");
  EXPECT_EQ(told(floats({1}), other_type), "x: expected float, got double");
  EXPECT_EQ(told(floats({1}), Values()), "x: no such entry in the answer");
  const std::string surplus = told(floats({1}), more);
  EXPECT_NE(surplus.find("not asked for"), std::string::npos);
  EXPECT_EQ(surplus.find('\x1b'), std::string::npos) << "a stranger's bytes reach the terminal";
}

TEST(Compare, TextIsShownWithoutItsControlCharacters) {
  Values expected, got;
  expected.add("word", std::string("HI!"));
  got.add("word", std::string("\x1b[31mHI") + std::string(1000, '!'));
  const std::string text = told(expected, got);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 300u);
}

}  // namespace
}  // namespace tito
