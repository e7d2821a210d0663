#include "milestones/support/deployed_row.h"

#include "milestones/report/text.h"

namespace tinytorch::milestones {

Chart deployed_bars(const std::string& title, const std::vector<DeployedRow>& rows, double floor) {
  Chart chart{.title = title,
              .panels = {{.title = "test accuracy, %"},
                         {.title = "saved model, kB"},
                         {.title = "time, µs a sample"}}};
  chart.panels[0].x = {.low = 100.0 * floor, .high = 100.0};
  const char* const colours[] = {kBlue, kOrange, kGreen};
  const char* const patterns[] = {"%.1f %%", "%.1f kB", "%.2f µs"};
  for (std::size_t p = 0; p < 3; ++p) {
    chart.panels[p].width = 200.0;
    chart.panels[p].series = {{.colour = colours[p], .drawn = Drawn::kBars}};
  }
  chart.note = "Time in batches of 64.";
  for (const DeployedRow& row : rows) {
    if (!row.group.empty() && (&row == rows.data() || (&row - 1)->group != row.group)) {
      chart.rows.push_back({row.group, true});
    }
    const double values[] = {100.0 * row.accuracy, static_cast<double>(row.file_bytes) / 1000.0,
                             row.time.batch_64};
    for (std::size_t p = 0; p < 3; ++p) {
      chart.panels[p].series[0].marks.push_back({.x = values[p],
                                                 .y = static_cast<double>(chart.rows.size()),
                                                 .label = format(patterns[p], values[p])});
    }
    chart.rows.push_back({row.name});
  }
  return chart;
}

}  // namespace tinytorch::milestones
