#pragma once
// An SVG document that knows where its texts, dots and bars stand.

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::milestones {

// Places, in pixels from the upper left corner.
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

struct TextStyle {
  double size = 12.0;
  bool bold = false;
  std::string colour = "#57606a";

  double width(std::string_view text) const;
  double height() const { return 1.25 * size; }  // of a line
};

struct Stroke {
  std::string colour;
  double width = 1.0;
  std::string dashes{};  // "5 4"; empty: unbroken
};

enum class Anchor { kStart, kMiddle, kEnd };

class Canvas {
 public:
  struct Text {
    std::string text;
    Box box;
  };

  // One line, its upper edge at `at.y`; `at.x` is its start, middle or end. Empty text is none.
  void text(Point at, const std::string& text, const TextStyle& style,
            Anchor anchor = Anchor::kStart);
  void line(const Line& line, const Stroke& stroke);
  void dot(Point at, double radius, const std::string& colour);
  void bar(const Box& box, const std::string& colour);

  // The document, white, of the size set. `title` is what a screen reader says.
  std::string svg(const std::string& title) const;

  void set_size(double width, double height) { page_ = {0.0, 0.0, width, height}; }
  const Box& page() const { return page_; }
  const std::vector<Text>& texts() const { return texts_; }
  const std::vector<Box>& marks() const { return marks_; }  // dots and bars

 private:
  Box page_;
  std::string shapes_;
  std::string words_;  // above all shapes, on a white ground that lines do not cross
  std::vector<Text> texts_;
  std::vector<Box> marks_;
};

}  // namespace tinytorch::milestones
