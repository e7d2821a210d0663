#include "tito/judge/report.h"

#include <nlohmann/json.hpp>

#include "tito/base/terminal.h"

namespace tito {
namespace {

GradeReport one_submission() {
  SubmissionResult submission{"ann", 3, 9, {}, {}};
  submission.tasks = {{"01.1", Verdict::kPass, 3, ""},
                      {"01.2", Verdict::kWrongAnswer, 0, "mean: expected 1, got 2"}};
  submission.notes = {"ignored: .DS_Store"};
  return {"01_counting", "all", "R0", 42, {submission}};
}

TEST(Report, JsonHasTheAgreedShape) {
  const auto json = nlohmann::json::parse(to_json(one_submission()));
  EXPECT_EQ(json, nlohmann::json::parse(R"({
    "module": "01_counting", "track": "all", "sandbox": "R0", "seed": 42,
    "submissions": [{"id": "ann", "score": 3, "max_score": 9, "tasks": [
      {"id": "01.1", "verdict": "pass", "points": 3, "message": ""},
      {"id": "01.2", "verdict": "wrong-answer", "points": 0,
       "message": "mean: expected 1, got 2"}], "notes": ["ignored: .DS_Store"]}]})"));
}

TEST(Report, JsonSurvivesBytesThatAreNoText) {
  GradeReport report = one_submission();
  report.submissions[0].id = "\xff\xfe\"";
  EXPECT_TRUE(nlohmann::json::accept(to_json(report)));
}

TEST(Report, TextTellsEachFailureAndNoPass) {
  const std::string text = to_text(one_submission());
  EXPECT_NE(text.find("wrong-answer"), std::string::npos);
  EXPECT_NE(text.find("expected 1, got 2"), std::string::npos);
  EXPECT_EQ(text.find("01.1 "), std::string::npos) << text;
}

TEST(Report, CsvIsSafeInASpreadsheet) {
  GradeReport report = one_submission();
  report.submissions[0].id = "=cmd|' /C calc'!A0,\"x\"";
  EXPECT_EQ(to_csv(report),
            "submission,score,max_score,01.1 points,01.1 verdict,01.2 points,01.2 verdict\n"
            "\"'=cmd|' /C calc'!A0,\"\"x\"\"\",3,9,3,pass,0,wrong-answer\n");
}

// The lines of the table that begin with a submission's name.
std::vector<std::string> lines_with(const std::string& text, const std::string& words) {
  std::vector<std::string> found;
  for (const std::string_view line : lines_of(text)) {
    if (line.find(words) != line.npos) found.emplace_back(line);
  }
  return found;
}

TEST(Report, ShowsNamesOfAnyScriptCutBetweenCharacters) {
  std::string han, hindi, arabic;
  for (int i = 0; i < 30; ++i) {
    han += "名";
    hindi += "कि";
    arabic += "بَ";
  }
  for (const std::string& name :
       {std::string("Łukasz Żółć"), std::string(39, 'x') + "Łukasz", std::string(39, 'x') + "名前",
        han, hindi, arabic, std::string(40, 'x') + "é",
        std::string(30, 'e') +
            "👩‍🎓👩‍🎓👩‍🎓👩‍🎓👩‍🎓👩‍🎓"}) {
    GradeReport report = one_submission();
    report.submissions[0].id = name;
    const std::string text = to_text(report);
    EXPECT_EQ(text.find("\\x"), std::string::npos) << text;
    for (const std::string& line : lines_with(text, name.substr(0, 2))) {
      for (std::string_view rest = line; !rest.empty();) {
        const tinytorch::CodePoint point = tinytorch::first_code_point(rest);
        EXPECT_TRUE(point.valid) << line;
        rest.remove_prefix(point.bytes);
      }
    }
  }
}

TEST(Report, ANameIsOneLineEverywhere) {
  for (const char* name : {"ann\n  bob   9  9  3/3", "ann\r\nbob,9,9", "ann\tbob", "ann\x1b[2J",
                           "ann\xe2\x80\xae", "ann\xe2\x80\x8f", "ann\xe2\x80\xa8"}) {
    GradeReport report = one_submission();
    report.submissions[0].id = name;
    report.submissions[0].notes = {name};
    report.submissions[0].tasks[1].message = name;
    EXPECT_EQ(lines_with(to_text(report), "ann").size(), 4u) << to_text(report);
    for (const std::string& text : {to_text(report), to_csv(report), to_json(report)}) {
      for (const char* raw : {"\r", "\t", "\x1b", "\xe2\x80\xae", "\xe2\x80\x8f", "\xe2\x80\xa8"}) {
        EXPECT_EQ(text.find(raw), std::string::npos) << text;
      }
    }
    EXPECT_EQ(lines_of(to_csv(report)).size(), 2u) << to_csv(report);
  }
}

}  // namespace
}  // namespace tito
