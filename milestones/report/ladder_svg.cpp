#include "milestones/report/ladder_svg.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/svg_text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

constexpr double kLeft = 130;
constexpr double kRight = 620;
constexpr double kTop = 64;
constexpr double kRow = 44;
constexpr double kBar = 26;
constexpr int kWidth = 840;
constexpr const char* kStyle =
    "text{font-family:system-ui,sans-serif;fill:#222;font-size:13px}"
    ".title{font-size:17px;font-weight:600}.tick{font-size:12px;fill:#555;text-anchor:middle}"
    ".name{text-anchor:end}.times{fill:#1c4f9c;font-weight:600}";

// Powers of ten from below the slowest to above the fastest.
struct Decades {
  int low;
  int high;

  explicit Decades(const std::vector<LadderStep>& steps) {
    const auto [least, most] = std::minmax_element(
        steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.rate < b.rate; });
    // A rate that is a power of ten itself still gets a bar.
    low = static_cast<int>(std::ceil(std::log10(least->rate))) - 1;
    high = std::max(low + 1, static_cast<int>(std::ceil(std::log10(most->rate))));
  }
  double x(double rate) const {
    return kLeft + (std::log10(rate) - low) / (high - low) * (kRight - kLeft);
  }
};

void require_rates(const std::vector<LadderStep>& steps) {
  if (steps.empty()) throw Error("ladder_svg: no steps");
  for (const LadderStep& step : steps) {
    if (std::isfinite(step.rate) && step.rate > 0.0) continue;
    throw Error(concat("ladder_svg: step ", step.name, " has a rate of ", step.rate));
  }
}

std::string axis(const Decades& decades, const std::string& unit, double bottom) {
  std::string out;
  for (int power = decades.low; power <= decades.high; ++power) {
    const double rate = std::pow(10.0, power);
    const std::string x = format("%.1f", decades.x(rate));
    out += "<path d=\"M" + x + format(" %.1f", kTop - 8) + " V" + format("%.1f", bottom) +
           "\" stroke=\"#ddd\"/>\n" +
           text_at(decades.x(rate), bottom + 18, format("%g", rate), "class=\"tick\"");
  }
  return out + text_at(kRight + 30, bottom + 18, unit, "");
}

std::string bar(const Decades& decades, const LadderStep& step, double before, double y) {
  const double end = decades.x(step.rate);
  std::string out = "<rect x=\"" + format("%.1f", kLeft) + "\" y=\"" + format("%.1f", y) +
                    "\" width=\"" + format("%.1f", end - kLeft) + "\" height=\"" +
                    format("%.1f", kBar) + "\" rx=\"3\" fill=\"#3b7dd8\"/>\n";
  out += text_at(kLeft - 10, y + 18, step.name, "class=\"name\"");
  out += text_at(end + 8, y + 18, format("%.3g", step.rate), "");
  if (before > 0.0) {
    out +=
        text_at(kWidth - 110, y + 18, format("%.1f times", step.rate / before), "class=\"times\"");
  }
  return out;
}

}  // namespace

std::string ladder_svg(const std::string& title, const std::string& unit,
                       const std::vector<LadderStep>& steps) {
  require_rates(steps);
  const Decades decades(steps);
  const double bottom = kTop + kRow * static_cast<double>(steps.size());
  std::string out = svg_opening(kWidth, static_cast<int>(bottom) + 40, kStyle) +
                    text_at(16, 34, title, "class=\"title\"") + axis(decades, unit, bottom);
  double before = 0.0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    out += bar(decades, steps[i], before, kTop + kRow * static_cast<double>(i));
    before = steps[i].rate;
  }
  return out + "</svg>\n";
}

}  // namespace tinytorch::milestones
