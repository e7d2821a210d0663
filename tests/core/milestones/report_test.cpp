// Results on the terminal and as JSON.

#include "milestones/report/report.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "milestones/report/text.h"
#include "tests/support/expect_error.h"

namespace tinytorch::milestones {
namespace {

Report sample() {
  return Report({{"name", "model", 12},
                 {"accuracy", "accuracy\n(test)", 10, "%.2f %%", 100.0},
                 {"hidden"},
                 {"bytes", "bytes", 9},
                 {"", "ratio", 6, "%.1fx"}});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Report, AlignsByWhatIsSeen) {
  const Report report = sample();
  EXPECT_EQ(lines_of(report.head()),
            (std::vector<std::string>{"  model          accuracy     bytes  ratio",
                                      "                   (test)"}));
  EXPECT_EQ(report.line({"µ-net é", 0.97655, 1.0, std::int64_t{340448}, 3.25}),
            "  µ-net é         97.66 %    340448   3.2x\n");
  EXPECT_EQ(report.line({"深度", 1.0, 1.0, std::int64_t{1}, 10.0}),
            "  深度           100.00 %         1  10.0x\n");
  EXPECT_EQ(report.line({"none", {}, {}, {}, {}}), "  none\n");
}

TEST(Report, LongNamesGoOnBelowAndLongNumbersLoseDigitsOnlyOnTheTerminal) {
  Report report = sample();
  const std::string name = "depthwise per channel_with_a_long_end";
  const std::int64_t huge = 9'007'199'254'740'993;  // 2^53 + 1
  const std::vector<Cell> row{name, 0.5, 0.1, huge, 1e300};
  std::string joined;
  for (const std::string& line : lines_of(report.line(row))) {
    EXPECT_LE(display_width(line), 80.0) << line;
    joined += line.substr(2, line.find(' ', 2) - 2);
  }
  EXPECT_EQ(lines_of(report.line(row))[0], "  depthwise       50.00 % 9.007e+15 1e+300");
  EXPECT_EQ(joined, "depthwiseperchannel_with_a_long_end");
  report.add(row);
  const auto json = nlohmann::json::parse(report.json());
  EXPECT_EQ(json["rows"][0]["bytes"], huge);
  EXPECT_EQ(json["rows"][0]["name"], name);
}

TEST(Report, RefusesATableWiderThanATerminal) {
  std::vector<Column> columns{{"", "name", 39}, {"", "a", 38}};
  EXPECT_EQ(display_width(Report(columns).line({"a", std::string(38, 'b')})), 81.0);  // and \n
  columns[1].width = 39;
  EXPECT_ERROR(Report{columns}, "the table takes 81 columns of 80");
}

TEST(Report, JsonHoldsNumbersToTheLastBitAndLeavesOutWhatIsNotThere) {
  Report report = sample();
  const double third = 1.0 / 3.0;
  const double tiny = std::numeric_limits<double>::denorm_min();
  report.set("seconds", third);
  report.set("seed", std::int64_t{2});
  report.set("note", "a \"quoted\" line\n\xff");
  report.add({"a\"b\\", third, tiny, std::numeric_limits<std::int64_t>::max(), 2.0});
  report.add({"b", {}, 0.1, std::numeric_limits<std::int64_t>::min(), {}});
  const auto json = nlohmann::json::parse(report.json());
  EXPECT_EQ(json["seconds"].get<double>(), third);
  EXPECT_EQ(json["seed"], 2);
  EXPECT_EQ(json["note"], "a \"quoted\" line\n\uFFFD");
  EXPECT_EQ(json["rows"][0]["name"], "a\"b\\");
  EXPECT_EQ(json["rows"][0]["accuracy"].get<double>(), third);  // not in percent
  EXPECT_EQ(json["rows"][0]["hidden"].get<double>(), tiny);
  EXPECT_EQ(json["rows"][0]["bytes"], std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(json["rows"][0].size(), 4u);  // the ratio is on the terminal alone
  EXPECT_FALSE(json["rows"][1].contains("accuracy"));
  EXPECT_EQ(json["rows"][1]["bytes"], std::numeric_limits<std::int64_t>::min());
}

TEST(Report, RefusesWhatIsNoNumber) {
  Report report = sample();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_ERROR(report.add({"a", nan, 1.0, std::int64_t{1}, 1.0}), "accuracy must be finite");
  EXPECT_ERROR(report.add({"a"}), "1 cells for 5 columns");
  report.set("seconds", std::numeric_limits<double>::infinity());
  EXPECT_ERROR(report.json(), "seconds must be finite, got inf");
}

TEST(Report, WritesResultsAndPicturesTogether) {
  const auto folder = std::filesystem::temp_directory_path() / "tinytorch_report_test";
  std::filesystem::create_directories(folder);
  Report report = sample();
  report.add({"a", 0.5, 1.0, std::int64_t{1}, 1.0});
  testing::internal::CaptureStdout();
  report.write(folder,
               {{"dots.svg", {.title = "One dot", .panels = {{.series = {{.marks = {{}}}}}}}}});
  EXPECT_NE(testing::internal::GetCapturedStdout().find("results.json, dots.svg"),
            std::string::npos);
  EXPECT_GT(std::filesystem::file_size(folder / "results.json"), 0u);
  EXPECT_GT(std::filesystem::file_size(folder / "dots.svg"), 0u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tinytorch::milestones
