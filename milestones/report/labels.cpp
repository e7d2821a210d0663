#include "milestones/report/labels.h"

#include <algorithm>
#include <cmath>

namespace tinytorch::milestones {
namespace {

constexpr double kStep = 3.0;    // between the spots that stand for a line
constexpr double kApart = 10.0;  // a label farther from its dot gets a line

// Right and left first: there a label is read with its dot.
constexpr Point kDirections[] = {{1.0, 0.0},  {-1.0, 0.0}, {0.0, -1.0},  {0.0, 1.0},
                                 {0.7, -0.7}, {0.7, 0.7},  {-0.7, -0.7}, {-0.7, 0.7}};
constexpr double kGaps[] = {5.0, 10.0, 16.0, 24.0, 34.0, 46.0, 60.0, 80.0, 110.0};

double sign(double value) { return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : 0.0; }

Box box_beside(Point dot, double reach, Point direction, double width, double height) {
  const double x = dot.x + direction.x * reach + sign(direction.x) * width / 2;
  const double y = dot.y + direction.y * reach + sign(direction.y) * height / 2;
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

// A line as spots along it.
std::vector<Box> spots(const Line& line) {
  const double length = std::hypot(line.end.x - line.begin.x, line.end.y - line.begin.y);
  const int count = static_cast<int>(length / kStep) + 1;
  std::vector<Box> found;
  for (int i = 0; i <= count; ++i) {
    const double share = static_cast<double>(i) / count;
    const double x = std::lerp(line.begin.x, line.end.x, share);
    const double y = std::lerp(line.begin.y, line.end.y, share);
    found.push_back({x - 1.0, y - 1.0, x + 1.0, y + 1.0});
  }
  return found;
}

Point nearest(const Box& box, Point point) {
  return {std::clamp(point.x, box.left, box.right), std::clamp(point.y, box.top, box.bottom)};
}

double distance(Point point, const Box& box) {
  const Point to = nearest(box, point);
  return std::hypot(to.x - point.x, to.y - point.y);
}

Place place_at(Point at, double radius, const Box& box) {
  const double length = distance(at, box);
  if (length <= radius + kApart) return {box, {}};
  const Point end = nearest(box, at);
  const double share = (radius + kStep) / length;
  return {box, Line{{std::lerp(at.x, end.x, share), std::lerp(at.y, end.y, share)}, end}};
}

}  // namespace

void Labels::keep_clear(const Line& line) {
  for (const Box& spot : spots(line)) lines_.push_back(spot);
}

bool Labels::is_free(const Box& box, bool of_lines) const {
  const auto covers = [&](const Box& other) { return box.overlaps(other); };
  if (std::any_of(taken_.begin(), taken_.end(), covers)) return false;
  if (of_lines && std::any_of(lines_.begin(), lines_.end(), covers)) return false;
  return std::none_of(dots_.begin(), dots_.end(),
                      [&](const Dot& dot) { return distance(dot.at, box) < dot.radius; });
}

// That the eye finds from the label to this dot and no other.
bool Labels::is_clear(const Dot& dot, const Place& place, bool of_lines) const {
  if (place.line) {
    const auto way = spots(*place.line);
    return std::all_of(way.begin(), way.end(),
                       [&](const Box& spot) { return is_free(spot, of_lines); });
  }
  const double gap = distance(dot.at, place.box) - dot.radius;
  return std::all_of(dots_.begin(), dots_.end(), [&](const Dot& other) {
    return distance(other.at, place.box) - other.radius >= gap;
  });
}

std::optional<Place> Labels::place(Point at, double radius, double width, double height) {
  for (const bool of_lines : {true, false}) {
    for (const double gap : kGaps) {
      for (const Point& direction : kDirections) {
        const Box box = box_beside(at, radius + gap, direction, width, height);
        const bool inside = box.left >= page_.left && box.right <= page_.right &&
                            box.top >= page_.top && box.bottom <= page_.bottom;
        if (!inside || !is_free(box, true)) continue;
        const Place found = place_at(at, radius, box);
        if (!is_clear({at, radius}, found, of_lines)) continue;
        taken_.push_back(box);
        if (found.line) keep_clear(*found.line);
        return found;
      }
    }
  }
  return std::nullopt;
}

}  // namespace tinytorch::milestones
