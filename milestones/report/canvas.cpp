#include "milestones/report/canvas.h"

#include <cmath>

#include "milestones/report/text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

// x="12.3", a space before it.
std::string number(const char* name, double value) {
  return concat(" ", name, "=\"", format("%.1f", value), "\"");
}

std::string attributes(const Stroke& stroke) {
  return concat(
      " fill=\"none\" stroke=\"", stroke.colour, "\"", number("stroke-width", stroke.width),
      stroke.dashes.empty() ? "" : concat(" stroke-dasharray=\"", stroke.dashes, "\""), "/>\n");
}

}  // namespace

double TextStyle::width(std::string_view text) const { return size * pixel_width(text, bold); }

void Canvas::text(Point at, const std::string& text, const TextStyle& style, Anchor anchor) {
  if (text.empty()) return;
  const double width = style.width(text);
  const double share = anchor == Anchor::kStart ? 0.0 : anchor == Anchor::kMiddle ? 0.5 : 1.0;
  const double left = at.x - share * width;
  texts_.push_back({text, {left, at.y, left + width, at.y + style.height()}});
  constexpr const char* kAnchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  shapes_ +=
      concat("<text", number("x", at.x), number("y", at.y + 0.97 * style.size),
             number("font-size", style.size), style.bold ? " font-weight=\"600\"" : "", " fill=\"",
             style.colour, "\"", kAnchors[static_cast<int>(anchor)], ">", xml(text), "</text>\n");
}

void Canvas::line(const Line& line, const Stroke& stroke) {
  shapes_ += concat("<line", number("x1", line.begin.x), number("y1", line.begin.y),
                    number("x2", line.end.x), number("y2", line.end.y), attributes(stroke));
}

void Canvas::dot(Point at, double radius, const std::string& colour) {
  marks_.push_back({at.x - radius, at.y - radius, at.x + radius, at.y + radius});
  shapes_ += concat("<circle", number("cx", at.x), number("cy", at.y), number("r", radius),
                    " fill=\"", colour, "\" fill-opacity=\"0.85\" stroke=\"#fff\"/>\n");
}

void Canvas::bar(const Box& box, const std::string& colour) {
  marks_.push_back(box);
  shapes_ +=
      concat("<rect", number("x", box.left), number("y", box.top), number("width", box.width()),
             number("height", box.height()), " rx=\"2\" fill=\"", colour, "\"/>\n");
}

std::string Canvas::svg(const std::string& title) const {
  const double width = std::ceil(page_.right);
  const double height = std::ceil(page_.bottom);
  return concat("<svg xmlns=\"http://www.w3.org/2000/svg\"", format(" width=\"%.0f\"", width),
                format(" height=\"%.0f\"", height), format(" viewBox=\"0 0 %.0f", width),
                format(" %.0f\"", height), " font-family=\"system-ui, sans-serif\" role=\"img\"",
                " aria-label=\"", xml(title),
                "\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", shapes_,
                "<g stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">\n", words_,
                "</g>\n</svg>\n");
}

}  // namespace tinytorch::milestones
