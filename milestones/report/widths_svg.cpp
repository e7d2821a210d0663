#include "milestones/report/widths_svg.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/svg_text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

constexpr double kLeft = 60;
constexpr double kTop = 84;
constexpr double kPanelWidth = 330;
constexpr double kGap = 70;
constexpr double kHeight = 250;

struct Frame {
  double left;
  std::size_t widths;
  double floor;  // the accuracy at the bottom
  double across(std::size_t i) const {
    return left + kPanelWidth * (static_cast<double>(i) + 0.5) / static_cast<double>(widths);
  }
  double down(double accuracy) const {
    return kTop + kHeight * (1.0 - (accuracy - floor) / (1.0 - floor));
  }
};

// The next whole tenth below everything that is drawn.
double floor_of(const std::vector<WidthPanel>& panels) {
  double lowest = 1.0;
  for (const WidthPanel& panel : panels) {
    for (const WidthLine& l : panel.lines) {
      for (std::size_t i = 0; i < l.mean.size(); ++i) {
        lowest = std::min(lowest, l.mean[i] - l.spread[i]);
      }
    }
  }
  return std::clamp(std::floor(lowest * 10.0) / 10.0, 0.0, 0.9);
}

std::string axes(const Frame& frame, const std::vector<int>& widths, const WidthPanel& panel) {
  std::string out = text_at(frame.left, kTop - 14, escaped(panel.title), "class=\"head\"");
  for (int tenth = static_cast<int>(std::lround(frame.floor * 10.0)); tenth <= 10; ++tenth) {
    const double y = frame.down(tenth / 10.0);
    out += line_between(frame.left, y, frame.left + kPanelWidth, y, "stroke=\"#d8dee4\"");
    out += text_at(frame.left - 8, y + 4, format("%.0f %%", tenth * 10.0),
                   "class=\"value\" text-anchor=\"end\"");
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    out += text_at(frame.across(i), kTop + kHeight + 18, format("%.0f bits", widths[i]),
                   "class=\"value\" text-anchor=\"middle\"");
  }
  const double y = frame.down(panel.reference);
  return out + line_between(frame.left, y, frame.left + kPanelWidth, y,
                            "stroke=\"#57606a\" stroke-dasharray=\"5 4\"");
}

// `shift` sets the lines beside each other, so that their bars do not cover one another.
std::string draw(const Frame& frame, const WidthLine& l, double shift) {
  const std::string stroke = concat("stroke=\"", l.colour, "\" stroke-width=\"2\"");
  std::string points;
  std::string marks;
  for (std::size_t i = 0; i < l.mean.size(); ++i) {
    const double x = frame.across(i) + shift;
    const double y = frame.down(l.mean[i]);
    points += concat(i == 0 ? "" : " ", format("%.1f", x), ",", format("%.1f", y));
    marks += line_between(x, frame.down(std::min(1.0, l.mean[i] + l.spread[i])), x,
                          frame.down(l.mean[i] - l.spread[i]), stroke);
    marks += concat("<circle cx=\"", format("%.1f", x), "\" cy=\"", format("%.1f", y),
                    "\" r=\"3.5\" fill=\"", l.colour, "\"/>\n");
  }
  return concat("<polyline points=\"", points, "\" fill=\"none\" ", stroke, "/>\n", marks);
}

std::string legend(const WidthPanel& panel) {
  std::string out;
  double x = kLeft;
  for (const WidthLine& l : panel.lines) {
    out += concat("<circle cx=\"", format("%.1f", x + 5), "\" cy=\"48\" r=\"5\" fill=\"", l.colour,
                  "\"/>\n");
    out += text_at(x + 15, 52, escaped(l.name), "class=\"value\"");
    x += 45.0 + 7.0 * static_cast<double>(l.name.size());
  }
  return out;
}

}  // namespace

std::string widths_svg(const std::string& title, const std::vector<int>& widths,
                       const std::vector<WidthPanel>& panels) {
  if (panels.empty() || widths.empty()) throw Error("widths_svg: nothing to draw");
  const double floor = floor_of(panels);
  const auto count = static_cast<double>(panels.size());
  const auto width = static_cast<int>(kLeft + count * kPanelWidth + (count - 1.0) * kGap + 30);
  std::string out = svg_opening(width, static_cast<int>(kTop + kHeight) + 40,
                                ".head{font:600 15px sans-serif;fill:#1f2328}"
                                ".value{font:12px sans-serif;fill:#57606a}");
  out += text_at(kLeft, 26, escaped(title), "class=\"head\"");
  out += legend(panels.front());
  for (std::size_t p = 0; p < panels.size(); ++p) {
    const Frame frame{kLeft + static_cast<double>(p) * (kPanelWidth + kGap), widths.size(), floor};
    out += axes(frame, widths, panels[p]);
    for (std::size_t l = 0; l < panels[p].lines.size(); ++l) {
      const WidthLine& one = panels[p].lines[l];
      if (one.mean.size() != widths.size() || one.spread.size() != widths.size()) {
        throw Error(concat("widths_svg: ", one.name, " has ", one.mean.size(), " values for ",
                           widths.size(), " widths"));
      }
      out += draw(frame, one, (static_cast<double>(l) - 2.0) * 5.0);
    }
  }
  return out + "</svg>\n";
}

}  // namespace tinytorch::milestones
