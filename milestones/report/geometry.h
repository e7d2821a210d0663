#pragma once
// Places in a picture, in pixels from its upper left corner.

namespace tinytorch::milestones {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

struct Line {
  Point begin;
  Point end;
};

struct Box {
  double left = 0.0;
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

}  // namespace tinytorch::milestones
