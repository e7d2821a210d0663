#include "lab/qat_ablation/page.h"

#include <cmath>
#include <set>

#include "lab/qat_ablation/tables.h"
#include "milestones/report/text.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::lab {
namespace {

namespace fs = std::filesystem;
using milestones::format;

constexpr std::string_view kBegin = "<!-- results: made by qat_ablation --page -->\n";
constexpr std::string_view kEnd = "<!-- end of results -->\n";

std::string commits_of(const Results& results) {
  std::set<std::string> commits{results.timing.commit};
  for (const RunResult& run : results.runs) commits.insert(run.commit);
  std::string text;
  for (const std::string& commit : commits) text += (text.empty() ? "" : ", ") + commit;
  return text;
}

std::string provenance(const Results& results) {
  double seconds = 0.0;
  for (const RunResult& run : results.runs) seconds += run.seconds;
  const std::string size =
      results.name == "full"
          ? "The full experiment"
          : "**Not the full experiment** but a bounded one (" + results.name + ")";
  return concat(size, ": ", results.seeds, " seeds (1 to ", results.seeds, "), ",
                results.runs.size(), " runs, ", format("%.2f", seconds / 3600.0),
                " hours of processor time on ", results.machine, ", commit ", commits_of(results),
                ".\nSettings: ", results.fingerprint, ".\n");
}

milestones::Mark mark_of(double x, const milestones::Interval& interval) {
  return {.x = x, .y = interval.mean, .spread = std::isfinite(interval.half) ? interval.half : 0.0};
}

milestones::Panel factorial_panel(const Results& results) {
  constexpr int kWidths[] = {8, 6, 4};
  milestones::Panel panel{.title = "QAT less float training",
                          .x = {.low = -0.5, .high = 2.5},
                          .y = {.name = "bits a byte; below 0, QAT pays"},
                          .references = {{.from = {-0.5, 0.0}, .to = {2.5, 0.0}}},
                          .width = 420.0};
  for (int w = 0; w < 3; ++w) {
    panel.x.ticks.push_back({static_cast<double>(w), concat("int", kWidths[w])});
  }
  double shift = -18.0;
  for (const Start start : {Start::kFirst, Start::kLate}) {
    for (const bool time : {false, true}) {
      milestones::Series series{.name = concat(start == Start::kFirst ? "from step 0" : "late",
                                               time ? ", equal time" : ", equal steps"),
                                .colour = start == Start::kFirst
                                              ? (time ? milestones::kGreen : milestones::kBlue)
                                              : (time ? milestones::kDark : milestones::kOrange),
                                .shift = shift};
      shift += 12.0;
      for (int w = 0; w < 3; ++w) {
        series.marks.push_back(mark_of(w, what_qat_changes(results, kWidths[w], start, time)));
      }
      panel.series.push_back(std::move(series));
    }
  }
  return panel;
}

// Every table, the short ones first.
std::vector<TextTable> all_tables(const Results& results) {
  return {claims_table(results),          factorial_table(results, false),
          factorial_table(results, true), extras_table(results),
          warmdown_table(results),        step_table(results),
          control_table(results),         cells_table(results)};
}

}  // namespace

milestones::Chart picture(const Results& results) {
  return {.title = "What quantization-aware training changes",
          .note = concat("The stored model, as it comes back. Mean and 95 % interval of paired "
                         "differences over ",
                         results.seeds, " seeds."),
          .panels = {factorial_panel(results)}};
}

std::string page_block(const Results& results, const std::string& picture_path) {
  std::string block = std::string(kBegin) + "\n" + provenance(results) + "\n";
  block += "![What quantization-aware training changes](" + picture_path + ")\n";
  for (const TextTable& table : all_tables(results)) block += "\n" + as_markdown(table);
  return block + "\n" + std::string(kEnd);
}

std::string with_block(const std::string& page, const std::string& block) {
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd);
  if (begin == page.npos || end == page.npos || end < begin) {
    throw Error(concat("qat-ablation: the page needs the lines\n", kBegin, kEnd,
                       "in this order, where the results shall stand"));
  }
  return page.substr(0, begin) + block + page.substr(end + kEnd.size());
}

void write_files(const Results& results, const fs::path& folder) {
  fs::create_directories(folder);
  data::write_file_atomically(folder / "results.json", to_json(results));
  data::write_file_atomically(folder / "results.csv", results_csv(results));
  data::write_file_atomically(folder / "times.csv", times_csv(results));
  data::write_file_atomically(folder / "results.svg", milestones::svg(picture(results)));
}

void write_page(const Results& results, const fs::path& page) {
  const fs::path folder = fs::path(page).replace_extension();
  const std::string picture_path = (folder.filename() / "results.svg").string();
  const std::string text = with_block(data::read_file(page), page_block(results, picture_path));
  write_files(results, folder);
  data::write_file_atomically(page, text);
}

}  // namespace tinytorch::lab
