#include "milestones/report/chart.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/panel.h"
#include "milestones/report/text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

constexpr double kMargin = 16.0;
constexpr double kTextWidth = 860.0;  // of title, note and legend; longer ones are broken
constexpr double kPanelGap = 36.0;
const TextStyle kTitle{17.0, true, "#1f2328"};
const TextStyle kNote{};

bool is_bars(const Series& series) { return series.drawn == Drawn::kBars; }

void require_finite(const std::string& where, std::initializer_list<double> figures) {
  for (const double figure : figures) {
    if (!std::isfinite(figure)) {
      throw Error(concat("chart: ", where, ": every figure must be finite, got ", figure));
    }
  }
}

void require_marks(const Series& series, const std::vector<Row>& rows) {
  std::vector<bool> taken(rows.size());
  for (std::size_t i = 0; i < series.marks.size(); ++i) {
    const Mark& mark = series.marks[i];
    const std::string where = concat("series ", series.name, ", mark ", i);
    require_finite(where, {mark.x, mark.y, mark.spread, mark.radius});
    if (mark.spread < 0.0) throw Error(concat("chart: ", where, ": spread is ", mark.spread));
    if (!is_bars(series)) continue;
    const bool known = mark.y >= 0.0 && mark.y < static_cast<double>(rows.size());
    const auto row = static_cast<std::size_t>(known ? mark.y : 0.0);
    if (!known || static_cast<double>(row) != mark.y || rows[row].heading || taken[row]) {
      throw Error(concat("chart: ", where, ": row ", mark.y, " of ", rows.size(),
                         " is not there, a heading, or has a bar of this series"));
    }
    taken[row] = true;
  }
}

void require_panel(const Panel& panel, const std::vector<Row>& rows) {
  std::size_t marks = 0;
  for (const Series& series : panel.series) {
    if (is_bars(series) != is_bars(panel.series.front())) {
      throw Error(concat("chart: series ", series.name, " mixes bars with dots in one panel"));
    }
    require_marks(series, rows);
    marks += series.marks.size();
  }
  if (marks == 0) throw Error(concat("chart: panel ", panel.title, " has nothing to draw"));
  for (const auto& [from, to, label, stroke] : panel.references) {
    require_finite("reference " + label, {from.x, from.y, to.x, to.y});
  }
}

// Text of several lines from `top`; returns its right and bottom edges.
Point draw_text(Canvas& canvas, const std::string& text, const TextStyle& style, double top) {
  Point edge{0.0, top};
  if (text.empty()) return edge;
  const auto measure = [&](std::string_view part) { return style.width(part); };
  for (const std::string& line : wrap(text, kTextWidth, measure)) {
    canvas.text({kMargin, edge.y}, line, style);
    edge = {std::max(edge.x, kMargin + style.width(line)), edge.y + style.height()};
  }
  return {edge.x, edge.y + 6.0};
}

// The named series of all panels, each once.
Point draw_legend(Canvas& canvas, const Chart& chart, double top) {
  std::vector<std::string> drawn;
  Point at{kMargin, top};
  double right = 0.0;
  for (const Panel& panel : chart.panels) {
    for (const Series& series : panel.series) {
      if (series.name.empty()) continue;
      if (std::find(drawn.begin(), drawn.end(), series.name) != drawn.end()) continue;
      drawn.push_back(series.name);
      const double width = 15.0 + kNote.width(series.name);
      if (at.x > kMargin && at.x + width > kTextWidth) at = {kMargin, at.y + kNote.height() + 4.0};
      canvas.dot({at.x + 5.0, at.y + 7.5}, 5.0, series.colour);
      canvas.text({at.x + 15.0, at.y}, series.name, kNote);
      right = std::max(right, at.x + width);
      at.x += width + 24.0;
    }
  }
  return {right, drawn.empty() ? top : at.y + kNote.height() + 8.0};
}

}  // namespace

Canvas draw(const Chart& chart) {
  if (chart.panels.empty()) throw Error("chart: no panels");
  double heading = 0.0;
  double name = 0.0;
  for (const Panel& panel : chart.panels) {
    require_panel(panel, chart.rows);
    if (!panel.title.empty()) heading = 26.0;
    if (!panel.y.name.empty()) name = 26.0;
  }
  Canvas canvas;
  const Point title = draw_text(canvas, chart.title, kTitle, kMargin);
  const Point note = draw_text(canvas, chart.note, kNote, title.y);
  const Point legend = draw_legend(canvas, chart, note.y + 2.0);
  Point page{std::max({title.x, note.x, legend.x}), 0.0};
  double left = kMargin;
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    const Point edge =
        draw_panel(canvas, chart, i, left, legend.y, legend.y + 8.0 + heading + name);
    page = {std::max(page.x, edge.x), std::max(page.y, edge.y)};
    left = edge.x + kPanelGap;
  }
  canvas.set_size(page.x + kMargin, page.y + kMargin);
  return canvas;
}

std::string svg(const Chart& chart) { return draw(chart).svg(chart.title); }

}  // namespace tinytorch::milestones
