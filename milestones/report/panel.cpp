#include "milestones/report/panel.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/labels.h"
#include "milestones/report/text.h"

namespace tinytorch::milestones {
namespace {

constexpr double kTickGap = 9.0;        // from the plot to its ticks
constexpr double kApart = 6.0;          // between two texts
constexpr double kWidestLabel = 260.0;  // then it is broken
constexpr double kBar = 18.0;
const TextStyle kSmall{};
const TextStyle kHeading{15.0, true, "#1f2328"};
const TextStyle kStrong{13.0, true, "#1f2328"};
const Stroke kGrid{"#e4e7eb"};
const Stroke kFrame{"#8b949e"};

double tick_width(const Tick& tick) { return kSmall.width(tick.text); }
double last_half(const Scale& scale) {
  return scale.ticks().empty() ? 0.0 : tick_width(scale.ticks().back()) / 2;
}

// Figures of a panel in one direction, with the ends of error bars that lie in it.
std::vector<double> figures(const Panel& panel, bool across) {
  std::vector<double> values;
  for (const Series& series : panel.series) {
    for (const Mark& mark : series.marks) {
      const double value = across ? mark.x : mark.y;
      const double spread = across == (series.drawn == Drawn::kBars) ? mark.spread : 0.0;
      values.insert(values.end(), {value - spread, value + spread});
    }
  }
  for (const Reference& line : panel.references) {
    values.insert(values.end(),
                  {across ? line.from.x : line.from.y, across ? line.to.x : line.to.y});
  }
  return values;
}

// Rows as the figures 0, 1, … on an axis; only the first panel names them. The tick at -1 lies off
// the axis and is not drawn: without any it would choose its own.
Axis row_axis(const std::vector<Row>& rows, bool named) {
  Axis axis{.low = -0.5, .high = static_cast<double>(rows.size()) - 0.5, .ticks = {{-1.0}}};
  for (std::size_t i = 0; named && i < rows.size(); ++i) {
    axis.ticks.push_back({static_cast<double>(i), rows[i].name});
  }
  return axis;
}

// A panel while it is drawn.
class Drawing {
 public:
  Drawing(Canvas& canvas, const Chart& chart, std::size_t index, double left, double plot_top)
      : canvas_(canvas),
        panel_(chart.panels[index]),
        rows_(chart.rows),
        bars_(panel_.series.front().drawn == Drawn::kBars),
        x_(panel_.x, figures(panel_, true), bars_),
        y_(bars_ ? row_axis(rows_, index == 0) : panel_.y, figures(panel_, false), false) {
    double margin = x_.ticks().empty() ? 0.0 : tick_width(x_.ticks().front()) / 2;
    for (const Tick& tick : y_.ticks()) {
      margin = std::max(margin, y_style(tick).width(tick.text) + kTickGap);
    }
    std::size_t slots = 1;  // bars in a row, the same in all panels
    for (const Panel& panel : chart.panels) slots = std::max(slots, panel.series.size());
    const double height =
        bars_ ? static_cast<double>(rows_.size()) * (12.0 + kBar * static_cast<double>(slots))
              : panel_.height;
    plot_ = {left + margin, plot_top, left + margin + plot_width(), plot_top + height};
    labels_.emplace(Box{plot_.left + 3, plot_.top + 3, plot_.right - 3, plot_.bottom - 3});
  }

  Point draw(double left, double top) {
    canvas_.text({plot_.left, top}, panel_.title, kHeading);
    canvas_.text({left, plot_.top - 26.0}, panel_.y.name, kSmall);
    draw_y_axis();
    const double below = draw_x_axis();
    const Point edge = bars_ ? draw_bars() : draw_dots();
    return {edge.x, std::max(edge.y, below)};
  }

 private:
  struct Waiting {  // a label that found no room
    Point at;
    double radius;
    std::vector<std::string> lines;
    bool strong;

    const TextStyle& style(std::size_t line) const {
      return strong && line == 0 ? kStrong : kSmall;
    }
    Point size() const {
      Point size;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        size.x = std::max(size.x, style(i).width(lines[i]));
        size.y += style(i).height();
      }
      return size;
    }
  };

  // Wide enough that the ticks asked for stand apart, up to four times what the panel asks for.
  double plot_width() const {
    double width = std::max({panel_.width, kHeading.width(panel_.title),
                             kSmall.width(panel_.x.name), kSmall.width(panel_.y.name)});
    for (std::size_t i = 1; i < panel_.x.ticks.size() && i < x_.ticks().size(); ++i) {
      const Tick& a = x_.ticks()[i - 1];
      const Tick& b = x_.ticks()[i];
      const double share = std::fabs(x_.share(b.at) - x_.share(a.at));
      const double needed = (tick_width(a) + tick_width(b)) / 2 + kApart + 2.0;
      if (share > 0.0) width = std::max(width, std::min(needed / share, 4.0 * panel_.width));
    }
    return width;
  }

  const TextStyle& y_style(const Tick& tick) const {
    return bars_ && rows_[static_cast<std::size_t>(tick.at)].heading ? kStrong : kSmall;
  }

  Point at(Point figure, double shift = 0.0) const {
    const double up = bars_ ? 1.0 - y_.share(figure.y) : y_.share(figure.y);
    return {plot_.left + x_.share(figure.x) * plot_.width() + shift,
            plot_.bottom - up * plot_.height()};
  }

  void draw_y_axis() {
    double free = plot_.bottom + kSmall.height();  // from here upwards
    for (const Tick& tick : y_.ticks()) {
      const TextStyle& style = y_style(tick);
      const double y = at({0.0, tick.at}).y;
      if (!bars_) canvas_.line({{plot_.left, y}, {plot_.right, y}}, kGrid);
      if (!bars_ && y + style.height() / 2 > free) continue;
      canvas_.text({plot_.left - kTickGap, y - style.height() / 2}, tick.text, style, Anchor::kEnd);
      free = y - style.height() / 2;
    }
  }

  // Returns where what stands below the plot ends.
  double draw_x_axis() {
    double free = 0.0;  // from here on
    for (const Tick& tick : x_.ticks()) {
      const double x = at({tick.at, 0.0}).x;
      canvas_.line({{x, plot_.top}, {x, plot_.bottom}}, kGrid);
      if (x - tick_width(tick) / 2 < free) continue;
      canvas_.text({x, plot_.bottom + kTickGap}, tick.text, kSmall, Anchor::kMiddle);
      free = x + tick_width(tick) / 2 + kApart;
    }
    canvas_.line({{plot_.left, plot_.bottom}, {plot_.right, plot_.bottom}}, kFrame);
    canvas_.line({{plot_.left, plot_.top}, {plot_.left, plot_.bottom}}, kFrame);
    const double below = plot_.bottom + kTickGap + kSmall.height() + 4.0;
    if (panel_.x.name.empty()) return below;
    canvas_.text({(plot_.left + plot_.right) / 2, below}, panel_.x.name, kSmall, Anchor::kMiddle);
    return below + kSmall.height();
  }

  // The bars of a row one below the other, each with its label behind its end.
  Point draw_bars() {
    double right = plot_.right + last_half(x_);
    const auto count = static_cast<double>(panel_.series.size());
    for (std::size_t s = 0; s < panel_.series.size(); ++s) {
      for (const Mark& mark : panel_.series[s].marks) {
        const double middle =
            at({0.0, mark.y}).y + kBar * (static_cast<double>(s) - count / 2 + 0.5);
        const double from = at({std::max(0.0, x_.low()), 0.0}).x;
        const double to = at({mark.x, 0.0}).x;
        double end = std::max({from, to, std::min(from, to) + 1.0});
        canvas_.bar({std::min(from, to), middle - 8.0, end, middle + 8.0}, panel_.series[s].colour);
        if (mark.spread > 0.0) {
          end = std::max(end, at({mark.x + mark.spread, 0.0}).x);
          canvas_.line({{at({mark.x - mark.spread, 0.0}).x, middle}, {end, middle}},
                       {kHeading.colour, 1.5});
        }
        canvas_.text({end + kApart, middle - kSmall.height() / 2}, mark.label, kSmall);
        right = std::max(right, end + kApart + kSmall.width(mark.label));
      }
    }
    return {right, plot_.bottom};
  }

  // Everything that labels must not cover, then the labels.
  Point draw_dots() {
    for (const Reference& one : panel_.references) keep({at(one.from), at(one.to)}, one.stroke);
    for (const Series& series : panel_.series) draw_lines(series);
    for (const Series& series : panel_.series) {
      for (const Mark& mark : series.marks) {
        canvas_.dot(at({mark.x, mark.y}, series.shift), mark.radius, series.colour);
        labels_->add_dot(at({mark.x, mark.y}, series.shift), mark.radius);
      }
    }
    for (const bool strong : {true, false}) {
      for (const Series& series : panel_.series) {
        if (series.strong != strong) continue;
        for (const Mark& mark : series.marks) {
          label(at({mark.x, mark.y}, series.shift), mark.radius, mark.label, strong);
        }
      }
    }
    for (const Reference& one : panel_.references) {
      const Point from = at(one.from);
      const Point to = at(one.to);
      label({(from.x + to.x) / 2, (from.y + to.y) / 2}, 0.0, one.label, false);
    }
    return draw_waiting();
  }

  void keep(const Line& line, const Stroke& stroke) {
    canvas_.line(line, stroke);
    labels_->keep_clear(line);
  }

  void draw_lines(const Series& series) {
    for (std::size_t i = 0; i < series.marks.size(); ++i) {
      const Mark& mark = series.marks[i];
      const Stroke stroke{series.colour, 2.0};
      if (mark.spread > 0.0) {
        keep({at({mark.x, mark.y - mark.spread}, series.shift),
              at({mark.x, mark.y + mark.spread}, series.shift)},
             stroke);
      }
      if (series.drawn != Drawn::kLine || i == 0) continue;
      const Mark& before = series.marks[i - 1];
      keep({at({before.x, before.y}, series.shift), at({mark.x, mark.y}, series.shift)}, stroke);
    }
  }

  void label(Point dot, double radius, const std::string& text, bool strong) {
    if (text.empty()) return;
    const auto measure = [](std::string_view part) { return kSmall.width(part); };
    const Waiting one{dot, radius, wrap(text, kWidestLabel, measure), strong};
    const auto [width, height] = one.size();
    const auto place = labels_->place(dot, radius, width, height);
    if (!place) {
      waiting_.push_back(one);
      return;
    }
    if (place->line) canvas_.line(*place->line, {kFrame.colour, 0.8});
    const Box& box = place->box;
    if (box.right < dot.x) {
      write(one, {box.right, box.top}, Anchor::kEnd);
    } else if (box.left > dot.x) {
      write(one, {box.left, box.top}, Anchor::kStart);
    } else {
      write(one, {(box.left + box.right) / 2, box.top}, Anchor::kMiddle);
    }
  }

  void write(const Waiting& one, Point at, Anchor anchor) {
    for (std::size_t i = 0; i < one.lines.size(); ++i) {
      canvas_.text(at, one.lines[i], one.style(i), anchor);
      at.y += one.style(i).height();
    }
  }

  // A column at the right, from the top as their dots are, each with a line to its dot.
  Point draw_waiting() {
    std::stable_sort(waiting_.begin(), waiting_.end(),
                     [](const Waiting& a, const Waiting& b) { return a.at.y < b.at.y; });
    Point edge{plot_.right + last_half(x_), plot_.bottom};
    const double left = edge.x + 16.0;
    double free = plot_.top;
    for (const Waiting& one : waiting_) {
      const auto [width, height] = one.size();
      const double top = std::max(free, one.at.y - height / 2);
      canvas_.line({{one.at.x + one.radius, one.at.y}, {left - 3.0, top + height / 2}},
                   {kFrame.colour, 0.8});
      write(one, {left, top}, Anchor::kStart);
      free = top + height + 2.0;
      edge = {std::max(edge.x, left + width), std::max(edge.y, free)};
    }
    return edge;
  }

  Canvas& canvas_;
  const Panel& panel_;
  const std::vector<Row>& rows_;
  bool bars_;
  Scale x_;
  Scale y_;
  Box plot_;
  std::optional<Labels> labels_;
  std::vector<Waiting> waiting_;
};

}  // namespace

Point draw_panel(Canvas& canvas, const Chart& chart, std::size_t index, double left, double top,
                 double plot_top) {
  return Drawing(canvas, chart, index, left, plot_top).draw(left, top);
}

}  // namespace tinytorch::milestones
