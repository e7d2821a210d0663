#include "milestones/report/frontier_svg.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "milestones/report/svg_labels.h"
#include "milestones/report/svg_text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

constexpr int kWidth = 900;
constexpr int kHeight = 560;
constexpr Box kPlot{70, 96, 876, 496};
constexpr double kRadius = 11;    // of the slowest
constexpr double kLetter = 0.66;  // width over size, in the wider of the usual fonts
const char* const kColour = "#3b7dd8";
const char* const kGrey = "#b3bac2";

// Percent of the samples that are wrong. All right is drawn as one in ten thousand wrong.
double errors(const FrontierRow& row) { return std::max(0.01, 100.0 * (1.0 - row.accuracy)); }

// Bytes and errors as places in the picture, both by their logarithms: where models are good, a
// tenth of a percent is as much as one percent where they are bad.
struct Scales {
  double fewest;   // bytes at the left edge
  double most;     // at the right
  double best;     // errors at the upper edge
  double worst;    // at the lower
  double slowest;  // microseconds of the largest dot

  double x(double bytes) const {
    return std::lerp(kPlot.left, kPlot.right, std::log(bytes / fewest) / std::log(most / fewest));
  }
  double y(double percent) const {
    return std::lerp(kPlot.top, kPlot.bottom, std::log(percent / best) / std::log(worst / best));
  }
  Point at(const FrontierRow& row) const { return {x(row.bytes), y(errors(row))}; }
  double radius(const FrontierRow& row) const {
    return std::max(3.0, kRadius * std::sqrt(row.microseconds / slowest));
  }
};

// The smallest and largest of what `value` says of the rows.
template <typename Value>
std::pair<double, double> extent(const std::vector<FrontierRow>& rows, Value value) {
  std::vector<double> all;
  for (const FrontierRow& row : rows) all.push_back(value(row));
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  return {*least, *most};
}

Scales scales_of(const std::vector<FrontierRow>& rows) {
  const auto [fewest, most] = extent(rows, [](const FrontierRow& row) { return row.bytes; });
  const auto [fastest, slowest] =
      extent(rows, [](const FrontierRow& row) { return row.microseconds; });
  if (!(fewest > 0.0) || !(fastest > 0.0)) {
    throw Error(concat("frontier_svg: ", fewest, " bytes and ", fastest,
                       " us; expected more than 0 of both"));
  }
  const auto [best, worst] = extent(rows, errors);
  // With room for labels around the outermost, most of all on the right, where they are read.
  return {fewest / 1.4, 2.2 * most, best / 1.25, 1.15 * worst, slowest};
}

// These multiples of powers of ten, as far as they lie within.
std::vector<double> round_numbers(double low, double high, std::initializer_list<double> steps) {
  std::vector<double> found;
  for (double power = std::pow(10.0, std::floor(std::log10(low))); power <= high; power *= 10.0) {
    for (const double step : steps) {
      if (step * power >= low && step * power <= high) found.push_back(step * power);
    }
  }
  return found;
}

std::string draw_axes(const Scales& scales) {
  const std::string grid = "stroke=\"#e4e7eb\"";
  std::string out;
  for (const double bytes : round_numbers(scales.fewest, scales.most, {1, 2, 5})) {
    const double x = scales.x(bytes);
    out += line_between(x, kPlot.top, x, kPlot.bottom, grid);
    out += text_at(x, kPlot.bottom + 18, format("%g kB", bytes / 1000.0), "class=\"tick middle\"");
  }
  for (const double percent : round_numbers(scales.best, scales.worst, {1, 2, 3, 4, 5, 6, 8})) {
    const double y = scales.y(percent);
    out += line_between(kPlot.left, y, kPlot.right, y, grid);
    out += text_at(kPlot.left - 8, y + 4, format("%g %%", 100.0 - percent), "class=\"tick end\"");
  }
  out += line_between(kPlot.left, kPlot.bottom, kPlot.right, kPlot.bottom, "stroke=\"#8b949e\"");
  out += line_between(kPlot.left, kPlot.top, kPlot.left, kPlot.bottom, "stroke=\"#8b949e\"");
  out += text_at((kPlot.left + kPlot.right) / 2, kPlot.bottom + 42,
                 "compressed file on disk, kB (logarithmic)", "class=\"head middle\"");
  return out +
         text_at(16, kPlot.top - 16, "test accuracy, % (errors logarithmic)", "class=\"head\"");
}

std::string draw_dot(const Scales& scales, const FrontierRow& row, const std::string& colour) {
  const Point at = scales.at(row);
  return "<circle cx=\"" + format("%.1f", at.x) + "\" cy=\"" + format("%.1f", at.y) + "\" r=\"" +
         format("%.1f", scales.radius(row)) + "\" fill=\"" + colour +
         "\" fill-opacity=\"0.75\" stroke=\"#fff\"/>\n";
}

struct TextLine {
  std::string text;
  std::string kind;  // its class
  double size;       // of its letters
};

// Columns of UTF-8, for an estimate.
double columns(const std::string& text) {
  return static_cast<double>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & '\xc0') != '\x80'; }));
}

std::vector<TextLine> label_of(const FrontierRow& row, bool on_line) {
  const std::string time = format("%.2f µs", row.microseconds);
  if (!on_line) return {{row.name + ", " + time, "other", 12}};
  return {
      {row.name, "name", 13},
      {format("%.1f kB, ", row.bytes / 1000.0) + format("%.2f %%, ", 100.0 * row.accuracy) + time,
       "value", 12}};
}

std::string draw_label(const Scales& scales, const FrontierRow& row,
                       const std::vector<TextLine>& lines, Labels& labels) {
  double width = 0.0;
  double height = 2.0;
  for (const TextLine& line : lines) {
    width = std::max(width, kLetter * line.size * columns(line.text));
    height += line.size + 2.0;
  }
  const Point dot = scales.at(row);
  const auto [box, way] = labels.place(dot, scales.radius(row), width, height);
  std::string out;
  if (way) {
    out += line_between(way->begin.x, way->begin.y, way->end.x, way->end.y,
                        "stroke=\"#8b949e\" stroke-width=\"0.8\"");
  }
  const bool to_the_left = box.right < dot.x;
  const bool to_the_right = box.left > dot.x;
  const double x = to_the_left ? box.right : to_the_right ? box.left : (box.left + box.right) / 2;
  double y = box.top;
  for (const TextLine& line : lines) {
    y += line.size + 1.0;
    out += text_at(x, y, line.text,
                   "class=\"" + line.kind +
                       (to_the_left    ? " end\""
                        : to_the_right ? "\""
                                       : " middle\""));
  }
  return out;
}

// The dots and the line are known before the first label is set.
Labels occupied(const Scales& scales, const std::vector<FrontierRow>& rows,
                const std::vector<std::size_t>& frontier) {
  Labels labels({kPlot.left + 4, kPlot.top, kPlot.right, kPlot.bottom - 4});
  for (const FrontierRow& row : rows) labels.add_dot(scales.at(row), scales.radius(row));
  for (std::size_t i = 1; i < frontier.size(); ++i) {
    labels.keep_clear({scales.at(rows[frontier[i - 1]]), scales.at(rows[frontier[i]])});
  }
  return labels;
}

std::string draw_line(const Scales& scales, const std::vector<FrontierRow>& rows,
                      const std::vector<std::size_t>& frontier) {
  std::string points;
  for (const std::size_t i : frontier) {
    const Point at = scales.at(rows[i]);
    points += (points.empty() ? "" : " ") + format("%.1f", at.x) + "," + format("%.1f", at.y);
  }
  return "<polyline points=\"" + points + "\" fill=\"none\" stroke=\"" + kColour +
         "\" stroke-width=\"2\"/>\n";
}

}  // namespace

std::vector<std::size_t> on_frontier(const std::vector<FrontierRow>& rows) {
  const auto beats = [](const FrontierRow& a, const FrontierRow& b) {
    return a.bytes <= b.bytes && a.accuracy >= b.accuracy &&
           (a.bytes < b.bytes || a.accuracy > b.accuracy);
  };
  std::vector<std::size_t> found(rows.size());
  std::iota(found.begin(), found.end(), std::size_t{0});
  std::erase_if(found, [&](std::size_t i) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const FrontierRow& other) { return beats(other, rows[i]); });
  });
  std::stable_sort(found.begin(), found.end(),
                   [&](std::size_t a, std::size_t b) { return rows[a].bytes < rows[b].bytes; });
  return found;
}

std::string frontier_svg(const std::string& title, const std::vector<FrontierRow>& rows) {
  if (rows.empty()) throw Error("frontier_svg: no rows");
  const Scales scales = scales_of(rows);
  const std::vector<std::size_t> frontier = on_frontier(rows);
  // Labels of the frontier first, that they get the places beside their dots.
  std::vector<std::size_t> order = frontier;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::find(frontier.begin(), frontier.end(), i) == frontier.end()) order.push_back(i);
  }
  Labels labels = occupied(scales, rows, frontier);
  std::string dots;
  std::string texts;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const FrontierRow& row = rows[order[i]];
    const bool on_line = i < frontier.size();
    dots = draw_dot(scales, row, on_line ? kColour : kGrey) + dots;  // the frontier's on top
    texts += draw_label(scales, row, label_of(row, on_line), labels);
  }
  return svg_opening(kWidth, kHeight,
                     "text{font-family:system-ui,sans-serif;fill:#222}"
                     ".title{font-size:17px;font-weight:600}.head{font-size:12px;fill:#555}"
                     ".tick{font-size:12px;fill:#555}.name{font-size:13px;font-weight:600}"
                     ".value{font-size:12px;fill:#444}.other{font-size:12px;fill:#6e7781}"
                     ".middle{text-anchor:middle}.end{text-anchor:end}") +
         text_at(16, 30, title, "class=\"title\"") +
         text_at(16, 52,
                 "Blue: nothing here is both smaller and more accurate. The area of a dot is its "
                 "time per sample, batch 64.",
                 "class=\"head\"") +
         draw_axes(scales) + draw_line(scales, rows, frontier) + dots + texts + "</svg>\n";
}

}  // namespace tinytorch::milestones
