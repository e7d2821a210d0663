#pragma once
// Two numbers for the two axes of an image, and four for its sides. One number stands for all of
// them, so that square windows are written as before: Extent2 kernel = 3.

#include <cstdint>
#include <string>

namespace tinytorch {

// A kernel's size, a stride or a dilation: {1, 7} is 1 high and 7 wide.
struct Extent2 {
  std::int64_t height = 1;
  std::int64_t width = 1;

  constexpr Extent2() = default;
  constexpr Extent2(std::int64_t both) : height(both), width(both) {}  // NOLINT: on purpose
  constexpr Extent2(std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {}

  constexpr std::int64_t area() const { return height * width; }
  constexpr bool is_square() const { return height == width; }
  friend constexpr bool operator==(const Extent2&, const Extent2&) = default;
};

// Places added around an image, in ONNX's order.
struct Padding4 {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t bottom = 0;
  std::int64_t right = 0;

  constexpr Padding4() = default;
  constexpr Padding4(std::int64_t all)  // NOLINT: on purpose
      : Padding4(all, all, all, all) {}
  // As many above as below, and left as right.
  constexpr Padding4(const Extent2& both)  // NOLINT: on purpose
      : Padding4(both.height, both.width, both.height, both.width) {}
  constexpr Padding4(std::int64_t above, std::int64_t before, std::int64_t below,
                     std::int64_t behind)
      : top(above), left(before), bottom(below), right(behind) {}

  constexpr bool is_equal_on_all_sides() const {
    return top == left && top == bottom && top == right;
  }
  friend constexpr bool operator==(const Padding4&, const Padding4&) = default;
};

// "3" where both are equal, else "(1, 7)".
std::string to_string(const Extent2& extent);
// "1" where all are equal, "(0, 3)" for height and width, else "(top, left, bottom, right)".
std::string to_string(const Padding4& padding);

}  // namespace tinytorch
