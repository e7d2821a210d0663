// Which of the measured forms ships.

#include <gtest/gtest.h>

#include <filesystem>

#include "drive.h"

namespace tinytorch::pipeline {
namespace {

// Every form is within these budgets; `mode` alone decides.
TEST(ShippedForm, MeasureAllMeasuresWhatTheModeDoesNotShip) {
  const auto folder = scratch("shipped");
  const std::string recipe = (folder / "shipped.yaml").string();
  const auto run = [&](const std::string& mode) {
    write_text(recipe,
               "name: shipped\nkind: classifier\nmodel: {architecture: digits_mlp, widths: [16]}\n"
               "data: {set: digits, examples: 200, fixture: 60}\ncalibration: {examples: 50}\n"
               "train: {epochs: 2}\nqat: {epochs: 2}\nquantize: {mode: " +
                   mode +
                   ", measure_all: true}\n"
                   "budget: {drop: {dynamic: 1.0, static: 1.0, qat: 1.0}, latency_ratio: 0}\n"
                   "smoke: {training: 1, calibration: 2}\n");
    const Outcome outcome = drive({"run", recipe, "--smoke", "--out", (folder / mode).string()});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  };
  const std::string by_qat = run("qat");
  for (const char* form : {"dynamic", "static", "repaired", "qat"})
    EXPECT_TRUE(std::filesystem::exists(folder / "qat/forms" / (std::string(form) + ".onnx")) ||
                std::string(form) == "qat")
        << form;
  EXPECT_NE(by_qat.find("shipped: qat"), std::string::npos) << by_qat;
  EXPECT_NE(run("static").find("shipped: static"), std::string::npos);
}

}  // namespace
}  // namespace tinytorch::pipeline
