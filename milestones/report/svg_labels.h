#pragma once
// Room for labels beside the dots of a picture, so that none covers another or a dot.

#include <optional>
#include <vector>

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
};

// Where a label stands, and the line to its dot where they are too far apart to be seen as one.
struct Place {
  Box box;
  std::optional<Line> line;
};

class Labels {
 public:
  explicit Labels(const Box& page) : page_(page) {}

  // What labels placed from now on do not cover.
  void add_dot(Point at, double radius) { dots_.push_back({at, radius}); }
  void keep_clear(const Line& line);

  // A free place of that size near a dot, as near as there is. Without a line it is nearer to this
  // dot than to any other; a line crosses nothing. Where all is full it is the place to the dot's
  // right.
  Place place(Point at, double radius, double width, double height);

 private:
  struct Dot {
    Point at;
    double radius;
  };

  bool is_free(const Box& box) const;
  bool is_clear(const Dot& dot, const Place& place) const;
  Place take(const Place& place);

  Box page_;
  std::vector<Dot> dots_;
  std::vector<Box> taken_;
};

}  // namespace tinytorch::milestones
