#pragma once
// What the results say, as tables for a terminal and for a page.
//
// Every difference is paired: the two runs of one seed share initial weights and batches, and what
// is shown is the mean over the seeds with Student's 95 % interval of the differences.

#include <string>
#include <vector>

#include "lab/qat_ablation/results.h"

namespace tinytorch::lab {

struct TextTable {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

// For the width and start: QAT less training in float, both stored at that width and evaluated as
// they come back. At equal steps, or in equal time.
milestones::Interval what_qat_changes(const Results& results, int bits, Start start,
                                      bool equal_time, Figure figure = Figure::kAfter);

// "pays": the interval lies below 0, fewer bits a byte. "costs": above. Else "open".
std::string verdict(const milestones::Interval& difference);

TextTable factorial_table(const Results& results, bool sliding);
TextTable extras_table(const Results& results);
TextTable warmdown_table(const Results& results);
TextTable step_table(const Results& results);
TextTable control_table(const Results& results);
TextTable claims_table(const Results& results);
TextTable cells_table(const Results& results);

std::string for_terminal(const TextTable& table);
std::string as_markdown(const TextTable& table);

}  // namespace tinytorch::lab
