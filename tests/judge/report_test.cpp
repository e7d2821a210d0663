#include "tito/judge/report.h"

#include <nlohmann/json.hpp>

namespace tito {
namespace {

GradeReport one_submission() {
  SubmissionResult submission{"ann", 3, 9, {}, {}};
  submission.tasks = {{"01.1", Verdict::kPass, 3, ""},
                      {"01.2", Verdict::kWrongAnswer, 0, "mean: expected 1, got 2"}};
  return {"01_counting", "all", "R0", 42, {submission}};
}

TEST(Report, JsonHasTheAgreedShape) {
  const auto json = nlohmann::json::parse(to_json(one_submission()));
  EXPECT_EQ(json, nlohmann::json::parse(R"({
    "module": "01_counting", "track": "all", "sandbox": "R0", "seed": 42,
    "submissions": [{"id": "ann", "score": 3, "max_score": 9, "tasks": [
      {"id": "01.1", "verdict": "pass", "points": 3, "message": ""},
      {"id": "01.2", "verdict": "wrong-answer", "points": 0,
       "message": "mean: expected 1, got 2"}]}]})"));
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

}  // namespace
}  // namespace tito
