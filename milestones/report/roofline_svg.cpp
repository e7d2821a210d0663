#include "milestones/report/roofline_svg.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/svg_text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

using profiling::Bound;
using profiling::Machine;

constexpr double kLeft = 70;
constexpr double kRight = 640;
constexpr double kTop = 70;
constexpr double kBottom = 430;
constexpr double kLegend = 668;
constexpr double kRow = 26;
constexpr int kWidth = 1120;
constexpr int kHeight = 484;
const char* const kMemoryColour = "#c9752d";
const char* const kComputeColour = "#3b7dd8";

// Powers of ten that hold all of the values.
struct Axis {
  int low = 0;
  int high = 1;

  explicit Axis(const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    low = static_cast<int>(std::floor(std::log10(*least)));
    high = std::max(low + 1, static_cast<int>(std::ceil(std::log10(*most))));
  }
  double share(double value) const { return (std::log10(value) - low) / (high - low); }
};

struct Plot {
  Axis intensity;
  Axis speed;

  double x(double value) const { return kLeft + intensity.share(value) * (kRight - kLeft); }
  double y(double value) const { return kBottom - speed.share(value) * (kBottom - kTop); }
};

Plot plot_of(const Machine& near, const Machine& far, const std::vector<RooflineRow>& rows) {
  std::vector<double> xs = {profiling::ridge_point(near), 2.0 * profiling::ridge_point(far)};
  std::vector<double> ys = {1.2 * near.peak.value()};
  for (const RooflineRow& row : rows) {
    xs.push_back(row.point.intensity);
    ys.push_back(row.point.achieved);
  }
  return {Axis(xs), Axis(ys)};
}

std::string draw_axes(const Plot& plot) {
  std::string out;
  for (int power = plot.intensity.low; power <= plot.intensity.high; ++power) {
    const double x = plot.x(std::pow(10.0, power));
    out += line_between(x, kTop, x, kBottom, "stroke=\"#e4e4e4\"");
    out += text_at(x, kBottom + 18, format("%g", std::pow(10.0, power)), "class=\"tick middle\"");
  }
  for (int power = plot.speed.low; power <= plot.speed.high; ++power) {
    const double y = plot.y(std::pow(10.0, power));
    out += line_between(kLeft, y, kRight, y, "stroke=\"#e4e4e4\"");
    out += text_at(kLeft - 8, y + 4, format("%g", std::pow(10.0, power)), "class=\"tick end\"");
  }
  out += text_at((kLeft + kRight) / 2, kBottom + 38, "FLOPs for each byte moved",
                 "class=\"head middle\"");
  return out + text_at(16, kTop - 14, "GFLOP/s", "class=\"head\"");
}

// The slope of a bandwidth up to the peak, and its label beside it.
std::string draw_slope(const Plot& plot, const Machine& machine, const std::string& name,
                       const std::string& style) {
  const double bandwidth = machine.bandwidth.value();
  const double low_speed = std::pow(10.0, plot.speed.low);
  const double begin = std::max(std::pow(10.0, plot.intensity.low), low_speed / bandwidth);
  const double ridge = profiling::ridge_point(machine);
  const double x = plot.x(begin);
  const double y = plot.y(begin * bandwidth);
  const double angle = std::atan2(plot.y(machine.peak.value()) - y, plot.x(ridge) - x);
  const double middle = std::sqrt(begin * ridge);
  const std::string at =
      format("%.1f", plot.x(middle)) + " " + format("%.1f", plot.y(middle * bandwidth) - 7);
  return line_between(x, y, plot.x(ridge), plot.y(machine.peak.value()), style) +
         "<g transform=\"translate(" + at + ") rotate(" +
         format("%.1f", angle * 180.0 / std::acos(-1.0)) + ")\">" +
         text_at(0, 0, name + " " + format("%.0f GB/s", bandwidth), "class=\"tick middle\"") +
         "</g>\n";
}

std::string draw_roofs(const Plot& plot, const Machine& near, const Machine& far) {
  const double y = plot.y(near.peak.value());
  return line_between(plot.x(profiling::ridge_point(near)), y, kRight, y,
                      "stroke=\"#222\" stroke-width=\"2\"") +
         text_at(kRight, y - 7, format("peak %.0f GFLOP/s", near.peak.value()),
                 "class=\"tick end\"") +
         draw_slope(plot, near, "cache", "stroke=\"#222\" stroke-width=\"2\"") +
         draw_slope(plot, far, "main memory", "stroke=\"#888\" stroke-dasharray=\"6 4\"");
}

const char* colour_of(const RooflineRow& row) {
  return row.point.bound == Bound::kMemory ? kMemoryColour : kComputeColour;
}

std::string draw_dot(double x, double y, const RooflineRow& row) {
  return "<circle cx=\"" + format("%.1f", x) + "\" cy=\"" + format("%.1f", y) +
         "\" r=\"5\" fill=\"" + colour_of(row) + "\"/>\n";
}

// Rows drawn before `index` so close by that their names would lie on each other.
int neighbours(const Plot& plot, const std::vector<RooflineRow>& rows, std::size_t index) {
  const auto distance = [&](const RooflineRow& other) {
    const profiling::RooflinePoint& point = rows[index].point;
    return std::hypot(plot.x(other.point.intensity) - plot.x(point.intensity),
                      plot.y(other.point.achieved) - plot.y(point.achieved));
  };
  return static_cast<int>(
      std::count_if(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(index),
                    [&](const RooflineRow& other) { return distance(other) < 16.0; }));
}

std::string draw_point(const Plot& plot, const std::vector<RooflineRow>& rows, std::size_t index) {
  const RooflineRow& row = rows[index];
  const double x = plot.x(row.point.intensity);
  const double y = plot.y(row.point.achieved);
  const double aside = 9.0 + 16.0 * neighbours(plot, rows, index);
  return line_between(x, y, x, plot.y(row.point.attainable),
                      std::string("stroke-dasharray=\"2 3\" stroke=\"") + colour_of(row) + "\"") +
         draw_dot(x, y, row) + text_at(x + aside, y + 4, row.point.name, "class=\"number\"");
}

std::string draw_entry(const RooflineRow& row, double y) {
  return draw_dot(kLegend, y - 4, row) +
         text_at(kLegend + 12, y, row.point.name, "class=\"number\"") +
         text_at(kLegend + 38, y, row.label, "class=\"name\"") +
         text_at(kWidth - 86, y, format("%.1f GFLOP/s", row.point.achieved),
                 "class=\"value end\"") +
         text_at(kWidth - 16, y, format("%.0f %%", 100.0 * row.point.efficiency),
                 "class=\"value end\"");
}

}  // namespace

std::string roofline_svg(const std::string& title, const Machine& near, const Machine& far,
                         const std::vector<RooflineRow>& rows) {
  if (rows.empty()) throw Error("roofline_svg: no rows");
  const Plot plot = plot_of(near, far, rows);
  const double last = kTop + kRow * (static_cast<double>(rows.size()) + 1.5);  // of the legend
  std::string out =
      svg_opening(kWidth, std::max(kHeight, static_cast<int>(last) + 40),
                  "text{font-family:system-ui,sans-serif;fill:#222}"
                  ".title{font-size:17px;font-weight:600}.head{font-size:12px;fill:#555}"
                  ".tick{font-size:12px;fill:#555}.name{font-size:13px}"
                  ".value{font-size:12px;fill:#444}.middle{text-anchor:middle}"
                  ".end{text-anchor:end}.number{font-size:13px;font-weight:600}") +
      text_at(16, 34, title, "class=\"title\"") + draw_axes(plot) + draw_roofs(plot, near, far) +
      text_at(kWidth - 16, kTop - 6, "of its roof", "class=\"head end\"");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += draw_point(plot, rows, i) +
           draw_entry(rows[i], kTop + kRow * (static_cast<double>(i) + 1.0));
  }
  out += text_at(kLegend - 8, last, "orange: the roof is its memory",
                 std::string("class=\"value\" style=\"fill:") + kMemoryColour + "\"");
  out += text_at(kLegend + 202, last, "blue: the roof is its arithmetic",
                 std::string("class=\"value\" style=\"fill:") + kComputeColour + "\"");
  return out + "</svg>\n";
}

}  // namespace tinytorch::milestones
