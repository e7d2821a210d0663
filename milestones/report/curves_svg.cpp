#include "milestones/report/curves_svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

constexpr double kLeft = 84;
constexpr double kTop = 62;
constexpr double kWidth = 500;
constexpr double kHeight = 270;

std::string number(const char* pattern, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, pattern, value);
  return buffer;
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& style,
                    const std::string& text) {
  return concat("<text x=\"", number("%.1f", x), "\" y=\"", number("%.1f", y), "\" text-anchor=\"",
                anchor, "\" ", style, ">", text, "</text>\n");
}

// Where a value stands between two others on a logarithmic axis, 0 to 1.
double share(double value, double low, double high) {
  return std::log(value / low) / std::log(high / low);
}

struct Axes {
  double x_low, x_high, y_low, y_high;
  double across(double x) const { return kLeft + kWidth * share(x, x_low, x_high); }
  double down(double y) const { return kTop + kHeight * (1.0 - share(y, y_low, y_high)); }
};

Axes axes_of(const std::vector<double>& x, const std::vector<Curve>& curves) {
  if (x.size() < 2 || curves.empty()) throw Error("curves_svg: needs two lengths and a curve");
  double low = x.front(), high = 0.0;
  for (const Curve& curve : curves) {
    if (curve.values.size() != x.size()) {
      throw Error(concat("curves_svg: ", curve.name, " has ", curve.values.size(), " values for ",
                         x.size(), " lengths"));
    }
    const auto [least, most] = std::minmax_element(curve.values.begin(), curve.values.end());
    if (!(*least > 0.0)) throw Error(concat("curves_svg: ", curve.name, " holds ", *least));
    low = &curve == &curves.front() ? *least : std::min(low, *least);
    high = std::max(high, *most);
  }
  // Whole powers of ten, so that every gridline has a round number.
  return {x.front(), x.back(), std::pow(10.0, std::floor(std::log10(low))),
          std::pow(10.0, std::floor(std::log10(high)) + 1.0)};
}

std::string grid(const Axes& axes, const std::vector<double>& x) {
  const std::string line = "stroke=\"#d8dee4\" stroke-width=\"1\"/>\n";
  std::string out;
  for (double y = axes.y_low; y <= axes.y_high * 1.001; y *= 10.0) {
    out +=
        concat("<line x1=\"", kLeft, "\" x2=\"", kLeft + kWidth, "\" y1=\"",
               number("%.1f", axes.down(y)), "\" y2=\"", number("%.1f", axes.down(y)), "\" ", line);
    out += text_at(kLeft - 8, axes.down(y) + 4, "end", "class=\"value\"", number("%g", y));
  }
  for (const double at : x) {
    out += concat("<line y1=\"", kTop, "\" y2=\"", kTop + kHeight, "\" x1=\"",
                  number("%.1f", axes.across(at)), "\" x2=\"", number("%.1f", axes.across(at)),
                  "\" ", line);
    out += text_at(axes.across(at), kTop + kHeight + 18, "middle", "class=\"value\"",
                   number("%g", at));
  }
  return out;
}

std::string draw(const Axes& axes, const std::vector<double>& x, const Curve& curve) {
  std::string points;
  std::string dots;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const std::string across = number("%.1f", axes.across(x[n]));
    const std::string down = number("%.1f", axes.down(curve.values[n]));
    points += concat(n == 0 ? "" : " ", across, ",", down);
    dots += concat("<circle cx=\"", across, "\" cy=\"", down, "\" r=\"3.5\" fill=\"", curve.colour,
                   "\"/>\n");
  }
  return concat("<polyline points=\"", points, "\" fill=\"none\" stroke=\"", curve.colour,
                "\" stroke-width=\"2\"/>\n", dots);
}

std::string legend(const std::vector<Curve>& curves) {
  std::string out;
  double x = kLeft;
  for (const Curve& curve : curves) {
    out += concat("<circle cx=\"", number("%.1f", x + 4), "\" cy=\"48\" r=\"4\" fill=\"",
                  curve.colour, "\"/>\n");
    out += text_at(x + 14, 52, "start", "class=\"value\"", curve.name);
    x += 40.0 + 7.5 * static_cast<double>(curve.name.size());
  }
  return out;
}

}  // namespace

std::string curves_svg(const std::string& title, const std::string& x_name,
                       const std::string& y_name, const std::vector<double>& x,
                       const std::vector<Curve>& curves) {
  const Axes axes = axes_of(x, curves);
  std::string out = concat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 400\" font-family=\"system-ui, "
      "sans-serif\" role=\"img\" aria-label=\"",
      title,
      "\">\n<style>.title{font-size:16px;font-weight:600}.value{font-size:12px;fill:#57606a}",
      "</style>\n<rect width=\"640\" height=\"400\" rx=\"8\" fill=\"#ffffff\"/>\n");
  out += text_at(kLeft, 28, "start", "class=\"title\"", title) + legend(curves);
  out += grid(axes, x);
  for (const Curve& curve : curves) out += draw(axes, x, curve);
  out += text_at(kLeft + kWidth / 2, kTop + kHeight + 44, "middle", "class=\"value\"", x_name);
  const double middle = kTop + kHeight / 2;
  out += text_at(24, middle, "middle",
                 concat("class=\"value\" transform=\"rotate(-90 24 ", middle, ")\""), y_name);
  return out + "</svg>\n";
}

}  // namespace tinytorch::milestones
