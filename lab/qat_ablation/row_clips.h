#pragma once
// Other ways to choose where a row of weights is clipped. The first two find the same quantile as
// golf_clip(), to the bit, at another price.

#include <span>

namespace tinytorch::lab {

float clip_by_sort(std::span<const float> row);
float clip_by_nth_element(std::span<const float> row);
float clip_by_max(std::span<const float> row);  // clips nothing

// Of five quantiles of the magnitudes, the one that stores the row with the least squared error,
// the larger of two that tie. In rows of 96 to 384 weights the contest's own five (0.999 to 1) lie
// within the top two values, so these reach further down.
inline constexpr double kSearched[] = {1.0, 0.9999984, 0.999, 0.99, 0.97};
float clip_by_search(std::span<const float> row, int bits);

}  // namespace tinytorch::lab
