#pragma once
// Room for labels beside the dots of a picture, so that none covers another or a dot.

#include <optional>
#include <vector>

#include "milestones/report/canvas.h"

namespace tinytorch::milestones {

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

  // A free place of that size near a dot, as near as there is; nothing where all is full. Without a
  // line it is nearer to this dot than to any other; a line to it crosses other lines only where it
  // must, and never a label or a dot.
  std::optional<Place> place(Point at, double radius, double width, double height);

 private:
  struct Dot {
    Point at;
    double radius;
  };

  bool is_free(const Box& box, bool of_lines) const;
  bool is_clear(const Dot& dot, const Place& place, bool of_lines) const;

  Box page_;
  std::vector<Dot> dots_;
  std::vector<Box> taken_;  // by labels
  std::vector<Box> lines_;  // as spots along them
};

}  // namespace tinytorch::milestones
