#include "tito/devcheck/scaffold.h"

#include <algorithm>
#include <cctype>

namespace tito {
namespace {

// @NUMBER@, @TITLE@ … in the texts below stand for the names of the module.
std::string fill_in(std::string text, const ScaffoldNames& names) {
  std::string suite;
  bool upper = true;
  for (const char c : names.part) {
    if (c == '_') {
      upper = true;
    } else {
      suite += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  const std::vector<std::pair<std::string, std::string>> slots{
      {"@NUMBER@", names.module.substr(0, 2)},
      {"@MODULE@", names.module},
      {"@WORD@", names.module.substr(3)},
      {"@TITLE@", names.title},
      {"@ROOM@", names.room},
      {"@PART@", names.part},
      {"@SUITE@", suite}};
  for (const auto& [slot, value] : slots) {
    for (std::size_t at = text.find(slot); at != text.npos;
         at = text.find(slot, at + value.size())) {
      text.replace(at, slot.size(), value);
    }
  }
  return text;
}

constexpr const char* kHeader = R"text(#pragma once
// @TITLE@: say here what this part is for.
// You write this part: @PART@.cpp (@WORD@ module).

#include <span>

namespace tinytorch::@ROOM@ {

// Σ values[i]²; 0 for no values. An example: put the first function of the module in its place.
float sum_of_squares(std::span<const float> values);

}  // namespace tinytorch::@ROOM@
)text";

constexpr const char* kSolution =
    R"text(// Part 1 of module @NUMBER@. The contract is in the header.
#include "tinytorch/@ROOM@/@PART@.h"

#include "tinytorch/core/error.h"

namespace tinytorch::@ROOM@ {

// TASK @NUMBER@.1
float sum_of_squares(std::span<const float> values) {
  // Multiply each value with itself and add up: {1, -2} gives 5.
  // BEGIN SOLUTION @NUMBER@.1
  float sum = 0.0f;
  for (const float value : values) sum += value * value;
  return sum;
  // END SOLUTION @NUMBER@.1
}

}  // namespace tinytorch::@ROOM@
)text";

constexpr const char* kTest = R"text(// Learner tests of part 1 of module @NUMBER@.
#include "tinytorch/@ROOM@/@PART@.h"

#include <gtest/gtest.h>

#include <vector>

namespace tinytorch::@ROOM@ {
namespace {

TEST(@SUITE@, AddsTheSquares) {
  const std::vector<float> values{1.0f, 3.0f};
  EXPECT_EQ(sum_of_squares(values), 10.0f) << "1 * 1 + 3 * 3 is 10: every value counts, squared";
}

TEST(@SUITE@, NegativeValuesAddToo) {
  const std::vector<float> values{-2.0f};
  EXPECT_EQ(sum_of_squares(values), 4.0f) << "the square of a negative value is positive";
}

TEST(@SUITE@, OfNothingIsZero) { EXPECT_EQ(sum_of_squares({}), 0.0f) << "an empty sum is 0"; }

}  // namespace
}  // namespace tinytorch::@ROOM@
)text";

constexpr const char* kChecks = R"text(// The judge's checks of module @NUMBER@.
#include "tinytorch/@ROOM@/@PART@.h"
#include "tito/worker/check.h"

namespace tito {
namespace {

Values some_values(tinytorch::Rng& rng) {
  std::vector<float> numbers(rng.below(100));
  for (float& number : numbers) number = rng.uniform(-10.0f, 10.0f);
  Values values;
  values.add("values", numbers);
  return values;
}

Values squares(const Values& input) {
  Values result;
  result.add_float("sum", tinytorch::@ROOM@::sum_of_squares(input.get<float>("values")));
  return result;
}

}  // namespace

std::vector<Check> checks() {
  return {{"@NUMBER@.1", "sum of squares", "0 to 99 values in [-10, 10)",
                     {1e-5, 1e-5}, 4, some_values, squares
}
};
}

}  // namespace tito
)text";

constexpr const char* kLesson = R"text(# @TITLE@

Why it matters, in two sentences.

## The idea

A picture, and numbers worked by hand.

## What you build

Tasks in order; what each one adds.

## What you can do now

Something to look at.
)text";

constexpr const char* kModule = R"text(title: @TITLE@
stage: complete
summary: Say in one line what a learner can do afterwards.
needs: []
parts:
  - name: @PART@
    header: tinytorch/@ROOM@/@PART@.h
    title: Say what this part is
    track: core
    tasks:
      - id: "@NUMBER@.1"
        name: sum_of_squares
        title: Add up the squares
        suite: @SUITE@
        points: 5
        needs: []
        hints:
          - The idea, without code.
          - The way to go about it, step by step.
          - Nearly the code.
)text";

std::string misconception(const std::string& name, const std::string& why, const std::string& with,
                          const std::string& expect) {
  return "- task: \"@NUMBER@.1\"\n  name: " + name + "\n  why: " + why +
         "\n  replace:\n    - find: \"sum += value * value\"\n      with: \"" + with +
         "\"\n  expect: \"" + expect + "\"\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> scaffold_files(const ScaffoldNames& names) {
  const std::string wrong =
      misconception("adds without squaring", "half of the formula is forgotten.", "sum += value",
                    "every value counts, squared") +
      '\n' +
      misconception("keeps only the last square", "= and += differ by one character.",
                    "sum = value * value", "1 * 1 + 3 * 3 is 10") +
      '\n' +
      misconception("keeps the sign", "a square that remembers where it came from.",
                    "sum += value < 0.0f ? -value * value : value * value",
                    "the square of a negative value is positive");
  std::vector<std::pair<std::string, std::string>> files{
      {"tinytorch/@ROOM@/@PART@.h", kHeader},
      {"solutions/@MODULE@/@PART@.cpp", kSolution},
      {"tests/@MODULE@/@PART@_test.cpp", kTest},
      {"tests/@MODULE@/checks.cpp", kChecks},
      {"modules/@MODULE@/README.md", kLesson},
      {"modules/@MODULE@/module.yaml", kModule},
      {"tests/@MODULE@/misconceptions/@PART@.yaml", wrong},
  };
  for (auto& [path, content] : files) {
    path = fill_in(path, names);
    content = fill_in(content, names);
  }
  return files;
}

}  // namespace tito
