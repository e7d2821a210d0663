#include "milestones/report/bars_svg.h"

#include <algorithm>

#include "milestones/report/svg_text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

constexpr int kLabelWidth = 160;
constexpr int kPanelWidth = 200;
constexpr int kGap = 70;
constexpr int kRowHeight = 30;
constexpr int kTop = 92;

struct Panel {
  std::string title;
  std::string colour;
  double low;   // value at the bar's start
  double high;  // value at its full width
  double (*value)(const FrontierRow&);
  std::string (*label)(const FrontierRow&);
};

std::string draw(const Panel& panel, int index, const std::vector<FrontierRow>& rows) {
  const double x = kLabelWidth + index * (kPanelWidth + kGap);
  std::string out = text_at(x, kTop - 14, panel.title, "class=\"head\"");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = kTop + static_cast<double>(i) * kRowHeight;
    const double share = (panel.value(rows[i]) - panel.low) / (panel.high - panel.low);
    const double width = std::max(1.0, std::clamp(share, 0.0, 1.0) * kPanelWidth);
    out += "<rect x=\"" + format("%.1f", x) + "\" y=\"" + format("%.1f", y) + "\" width=\"" +
           format("%.1f", width) + "\" height=\"18\" rx=\"2\" fill=\"" + panel.colour + "\"/>\n";
    out += text_at(x + width + 6, y + 13.5, panel.label(rows[i]), "class=\"value\"");
  }
  return out;
}

}  // namespace

std::string bars_svg(const std::string& title, const std::vector<FrontierRow>& rows,
                     double accuracy_floor) {
  if (rows.empty()) throw Error("bars_svg: no rows");
  double most_bytes = 0.0;
  double most_time = 0.0;
  for (const FrontierRow& row : rows) {
    most_bytes = std::max(most_bytes, row.bytes);
    most_time = std::max(most_time, row.microseconds);
  }
  const Panel panels[] = {
      {"test accuracy, from " + format("%.0f %%", 100.0 * accuracy_floor), "#3b7dd8",
       accuracy_floor, 1.0, [](const FrontierRow& r) { return r.accuracy; },
       [](const FrontierRow& r) { return format("%.1f %%", 100.0 * r.accuracy); }},
      {"bytes of the saved model", "#c9752d", 0.0, most_bytes,
       [](const FrontierRow& r) { return r.bytes; },
       [](const FrontierRow& r) { return format("%.1f kB", r.bytes / 1000.0); }},
      {"time per sample, batch 64", "#4a9a5b", 0.0, most_time,
       [](const FrontierRow& r) { return r.microseconds; },
       [](const FrontierRow& r) { return format("%.2f µs", r.microseconds); }},
  };
  const int width = kLabelWidth + 3 * (kPanelWidth + kGap);
  const int height = kTop + static_cast<int>(rows.size()) * kRowHeight + 16;
  std::string out = svg_opening(width, height,
                                "text{font-family:system-ui,sans-serif;fill:#222}"
                                ".title{font-size:17px;font-weight:600}.head{font-size:12px;"
                                "fill:#555}.name{font-size:13px}.value{font-size:12px;fill:#444}") +
                    text_at(16, 34, title, "class=\"title\"");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += text_at(16, kTop + static_cast<double>(i) * kRowHeight + 13.5, rows[i].name,
                   "class=\"name\"");
  }
  for (int i = 0; i < 3; ++i) out += draw(panels[i], i, rows);
  return out + "</svg>\n";
}

}  // namespace tinytorch::milestones
