#pragma once
// Text measured before it is shown: in columns of a terminal, in pixels of a picture.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::milestones {

// One number by a printf pattern: format("%.1f %%", 12.34).
std::string format(const char* pattern, double value);

// Text for the inside of an XML element or attribute: a control character becomes a space, a byte
// that is not UTF-8 U+FFFD.
std::string xml(std::string_view text);

// Columns that `text` takes on a terminal: East Asian characters take two.
double display_width(std::string_view text);

// Pixels that xml(text) takes at a letter size of 1, no fewer than in the widest of the usual
// fonts.
double pixel_width(std::string_view text, bool bold = false);

// The lines of `text`, each at most `limit` wide by `measure`: broken where it is broken already,
// else at spaces, and inside a word that is too wide by itself. Nothing is left out but spaces.
std::vector<std::string> wrap(std::string_view text, double limit,
                              const std::function<double(std::string_view)>& measure);

}  // namespace tinytorch::milestones
