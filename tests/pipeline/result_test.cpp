// result.json: what is written is what is read.
#include "tinytorch/pipeline/gate/result.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"

namespace tinytorch::pipeline {
namespace {

ModelResult example() {
  ModelResult result;
  result.id = "digits_mlp";
  result.kind = "classifier";
  result.description = "Handwritten digits, \"quoted\", µ";
  result.quant_mode = "static";
  ModeResult mode{"static", {}, 1.5, "note"};
  mode.verdict.pass = true;
  mode.verdict.metric = Metric::kPlcc;
  mode.verdict.budget = 0.005;
  mode.verdict.drop = {0.1 + 0.2, -1e-300, std::numeric_limits<double>::infinity()};
  mode.verdict.latency = {{"tinytorch", 41, 100.25, 33.3, {0.3, 0.2, 0.4}, 0.01, false}};
  mode.verdict.checks = {{"accuracy", true, "fine"}};
  result.modes = {{"dynamic", {}, 0.0, ""}, mode};
  result.files = {{"int8", "digits_mlp.int8.onnx", "00ff", 123}};
  result.layers = {{"0", "Linear", 8, 40.25, std::nullopt, 0.0, 1e-4, true, ""},
                   {"head", "Linear", 8, {}, {}, {}, {}, false, "excluded"}};
  result.tensors = {{"input", -1.0, 1.0, {1, 2, 3}, -0.9, 0.9, 0.007, -3, 0.01}};
  result.verification = {{"onnxruntime 1.30.0", "codes", 1000, 1, 1.0, false, true, "unfused"}};
  result.counts = {{"epochs", 20.0}};
  result.notes = {"one", "two"};
  result.parameters = 257;
  return result;
}

TEST(Result, IsReadAsItWasWritten) {
  const ModelResult result = example();
  const std::string text = to_json(result);
  EXPECT_EQ(from_json(text), result);
  EXPECT_EQ(to_json(from_json(text)), text);
  const testing_support::TemporaryFile file("result.json");
  save_result(file.path(), result);
  EXPECT_EQ(load_result(file.path()), result);
}

TEST(Result, KnowsWhatShips) {
  ModelResult result = example();
  ASSERT_NE(result.shipped(), nullptr);
  EXPECT_EQ(result.shipped()->mode, "static");
  result.quant_mode = "fp32";
  EXPECT_FALSE(result.pass());
  result.quant_mode = "dynamic";  // it did not pass
  EXPECT_FALSE(result.pass());
}

TEST(Result, NamesThePlaceOfWhatIsWrong) {
  const std::string text = to_json(example());
  const auto with = [&](const std::string& what, const std::string& by) {
    std::string changed = text;
    changed.replace(changed.find(what), what.size(), by);
    return changed;
  };
  EXPECT_ERROR(from_json("{"), "not JSON");
  EXPECT_ERROR(from_json("[]"), "the root must be an object");
  EXPECT_ERROR(from_json("{}"), "result_version is missing");
  EXPECT_ERROR(from_json(with("\"result_version\": 1", "\"result_version\": 2")), "got 2");
  EXPECT_ERROR(from_json(with("\"mode\": \"static\"", "\"mode\": 3")),
               "modes[1].mode must be text");
  EXPECT_ERROR(from_json(with("\"budget\": 0.005", "\"budget\": []")),
               "modes[1].verdict.budget must be a number");
  EXPECT_ERROR(from_json(with("\"plcc\"", "\"quality\"")), "modes[1].verdict.metric");
  EXPECT_ERROR(from_json(with("\"sha256\"", "\"sha1\"")), "files[0].sha256 is missing");
  EXPECT_ERROR(from_json(with("\"id\"", "\"extra\": 1, \"id\"")), "the root has");
}

}  // namespace
}  // namespace tinytorch::pipeline
