#pragma once
// One panel of a chart, its figures checked.

#include "milestones/report/chart.h"

namespace tinytorch::milestones {

// Draws panel `index` from `left`, its heading from `top`, its plot from `plot_top`, and returns
// its right and bottom edges. The first panel says what the rows of bars are.
Point draw_panel(Canvas& canvas, const Chart& chart, std::size_t index, double left, double top,
                 double plot_top);

}  // namespace tinytorch::milestones
