#pragma once
// What the pictures of the milestones are written with.

#include <string>

namespace tinytorch::milestones {

// One number by a printf pattern: format("%.1f %%", 12.34).
std::string format(const char* pattern, double value);

// Text for the inside of an element: <, > and & replaced.
std::string escaped(const std::string& text);

// A text element; `style` holds its other attributes: class="head".
std::string text_at(double x, double y, const std::string& text, const std::string& style);

// A line element; `style` as above.
std::string line_between(double x1, double y1, double x2, double y2, const std::string& style);

// The opening of a white document of that size, with `style` for its style sheet.
std::string svg_opening(int width, int height, const std::string& style);

}  // namespace tinytorch::milestones
