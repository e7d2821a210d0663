#pragma once
// The page in docs/ and the files beside it, made from the results alone, so that what is committed
// and what is written cannot disagree.

#include <filesystem>
#include <string>

#include "lab/qat_ablation/results.h"
#include "milestones/report/chart.h"

namespace tinytorch::lab {

// What QAT changes, with its intervals: by width and start, and at one width by what is varied.
milestones::Chart picture(const Results& results);

// What stands between the page's two marks: where and how the results were made, the tables, the
// picture.
std::string page_block(const Results& results, const std::string& picture_path);

// `page` with the block in the place of what stood between the marks. Throws Error when it does not
// have both, in their order.
std::string with_block(const std::string& page, const std::string& block);

// For docs/x.md: rewrites it, and writes results.json, results.csv, times.csv and results.svg into
// docs/x/.
void write_page(const Results& results, const std::filesystem::path& page);

// The four files. The folder is made.
void write_files(const Results& results, const std::filesystem::path& folder);

}  // namespace tinytorch::lab
