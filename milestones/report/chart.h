#pragma once
// A picture of figures: dots, lines and bars in panels side by side.
//
// Text is never cut and never covers another text, a dot or a bar: rows, panels and the page grow
// with their names, a label that finds no room beside its dot stands in a column at the right with
// a line to it, and of ticks that come too close some are left out.

#include <string>
#include <vector>

#include "milestones/report/axis.h"
#include "milestones/report/canvas.h"

namespace tinytorch::milestones {

constexpr const char* kBlue = "#3b7dd8";
constexpr const char* kOrange = "#c9752d";
constexpr const char* kGreen = "#4a9a5b";
constexpr const char* kGrey = "#b3bac2";
constexpr const char* kDark = "#57606a";

struct Mark {
  double x = 0.0;
  double y = 0.0;       // of a bar: which row, from 0 at the top
  std::string label{};  // beside a dot, behind a bar's end
  double spread = 0.0;  // half the height of an error bar
  double radius = 3.5;  // of a dot, in pixels
};

enum class Drawn { kDots, kLine, kBars };

struct Series {
  std::string name{};  // in the legend; empty: not there
  std::string colour = kBlue;
  Drawn drawn = Drawn::kDots;
  std::vector<Mark> marks{};
  bool strong = false;  // labels are placed first, their first line bold
  double shift = 0.0;   // to the right, in pixels: error bars at one x beside each other
};

// A line between two figures that belongs to no series: a limit, a distance.
struct Reference {
  Point from;
  Point to;
  std::string label{};
  Stroke stroke{kDark, 1.0, "5 4"};
};

struct Panel {
  std::string title{};
  Axis x{};
  Axis y{};  // of bars: only its name
  std::vector<Series> series{};
  std::vector<Reference> references{};
  double width = 500.0;   // of the plot, at least
  double height = 270.0;  // the same; of bars, as high as their rows
};

struct Row {
  std::string name;
  bool heading = false;  // of the rows below it; it has no bars
};

struct Chart {
  std::string title;
  std::string note{};
  std::vector<Row> rows{};  // of bars; all panels share them
  std::vector<Panel> panels{};
};

// Throws Error when there is nothing to draw, when a figure is not finite or not above 0 on a
// logarithmic axis, and when a bar stands in no row; it names the series and the mark.
Canvas draw(const Chart& chart);

// A standalone SVG document.
std::string svg(const Chart& chart);

}  // namespace tinytorch::milestones
