// The page: what it says, and how it looks in a real browser.
#include "tinytorch/pipeline/report/report.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::pipeline {
namespace {

GateVerdict verdict(bool pass, double drop, double budget) {
  GateVerdict of;
  of.pass = pass;
  of.metric = Metric::kTop1;
  of.budget = budget;
  of.drop = {drop, drop - 0.001, drop + 0.0015};
  of.by_draw = of.by_seed = of.drop;
  of.draws = {20, drop - 0.0005, drop, drop + 0.001};
  of.seeds = {5, drop - 0.0005, drop, drop + 0.0007};
  of.float_metric = {0.9777, 0.962, 0.99};
  of.int8_metric = {0.9777 - drop, 0.961, 0.989};
  of.rows = 359;
  of.groups = 359;
  of.float_bytes = 338'912;
  of.int8_bytes = 91'204;
  of.latency = {{"tinytorch", 41, 4710.0, 1170.0, {0.248, 0.245, 0.251}, 0.004, false},
                {"onnxruntime", 41, 5200.0, 1900.0, {0.365, 0.361, 0.371}, 0.006, false}};
  of.checks = {{"accuracy", pass, "the drop of top1 is at most 0.0015"}, {"bytes", true, "fewer"}};
  return of;
}

TensorRecord tensor(const std::string& name, Rng& rng) {
  TensorRecord of{name, -4.0, 4.0, std::vector<std::int64_t>(64, 0), -3.1, 3.1, 0.0243, -3, 0.002};
  for (int i = 0; i < 20'000; ++i) {
    const double place = (rng.normal() + 4.0) / 8.0 * 64.0;
    if (place >= 0.0 && place < 64.0) ++of.counts[static_cast<std::size_t>(place)];
  }
  return of;
}

// With everything a page can hold, long names and text that looks like HTML.
ModelResult example() {
  Rng rng(1);
  ModelResult result;
  result.id = "digits_cnn";
  result.kind = "classifier";
  result.description = "Handwritten digits <script>alert(1)</script> & more";
  result.quant_mode = "static";
  result.smoke = true;
  result.modes = {{"dynamic", verdict(false, 0.02, 0.01), 0.0, ""},
                  {"static", verdict(true, 0.001, 0.005), 0.0, ""},
                  {"repaired", verdict(true, 0.0008, 0.005), 0.0, ""},
                  {"qat", verdict(true, 0.0002, 0.002), 41.5, ""}};
  for (int i = 0; i < 12; ++i) {
    LayerRecord layer{concat("features.", i, ".body.conv_expand"), "Conv2d"};
    layer.weight_sqnr_db = 35.0 + i;
    layer.output_sqnr_db = i == 3 ? INFINITY : 30.0 + 0.5 * i;
    layer.clipped = 0.001 * i;
    layer.sensitivity = i == 5 ? -0.0001 : 0.0003 * i;
    result.layers.push_back(layer);
  }
  result.layers.push_back({"head", "Linear"});
  result.layers.back().quantized = false;
  result.layers.back().reason = "excluded by the recipe: head*";
  for (const char* name : {"input", "features.0.weight", "features.0.output",
                           "a.very.long.path.of.a.tensor.that.does.not.fit.into.one.line.weight"}) {
    result.tensors.push_back(tensor(name, rng));
  }
  result.verification = {
      {"onnxruntime 1.30.0, cpu", "int8 file, optimized (all)", 3590, 0, 0.0, true, true, ""},
      {"onnxruntime 1.30.0, cpu", "int8 file, unoptimized", 3590, 4, 0.003, false, true, ""},
      {"", "not verified", 0, 0, 0.0, true, false, "Node is not installed"}};
  const std::string hash(64, 'a');
  result.files = {{"fp32", "digits_cnn.onnx", hash, 338'912},
                  {"int8", "digits_cnn.int8.onnx", hash, 91'204}};
  result.recipe = "recipes/digits_cnn.yaml";
  result.recipe_sha256 = hash;
  result.command = "bin/tito model run recipes/digits_cnn.yaml --seed 7";
  result.calibration_set = "64 training images, draw 0";
  result.calibration_sha256 = hash;
  result.scheme = "W8A8, weights symmetric per channel, activations affine per tensor";
  result.instruction_set = "avx512vnni";
  result.version = "0.2.0";
  result.parameters = 84'480;
  result.counts = {{"epochs", 20.0}, {"samples seen", 28'760.0}};
  result.notes = {"QAT lost to static here: the network is small."};
  return result;
}

std::filesystem::path written(const std::string& name, const ModelResult& result) {
  const std::filesystem::path folder = std::filesystem::path(SCRATCH_DIR) / name;
  std::filesystem::create_directories(folder);
  write_report(folder, result);
  return folder;
}

bool says(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

TEST(Report, SaysEverythingVerdictFirst) {
  const std::string page = to_html(example());
  EXPECT_LT(page.find("Pass: ships as static int8"), page.find("<h2>Accuracy"));
  for (const char* text :
       {"<h2>Size", "<h2>Latency", "<h2>Layers", "<h2>Tensors", "<h2>Left in float",
        "<h2>Other runtimes", "<h2>How to make it again", "A smoke run", "excluded by the recipe",
        "bin/tito model run recipes/digits_cnn.yaml --seed 7", "SQNR of the weights",
        "Clipped share of the outputs", "Drop with this layer alone", "histogram of input",
        "Node is not installed", "QAT lost to static", "20: 0.0005 to 0.002"}) {
    EXPECT_TRUE(says(page, text)) << text;
  }
  EXPECT_FALSE(says(page, "<script"));
  EXPECT_EQ(page, to_html(example()));
}

TEST(Report, SaysWhyAModelStaysFp32) {
  ModelResult result = example();
  result.quant_mode = "fp32";
  for (ModeResult& mode : result.modes) {
    mode.verdict.pass = false;
    mode.verdict.checks = {{"latency in tinytorch", false, "int8 takes 1.4 of the float time"}};
  }
  const std::string page = to_html(result);
  EXPECT_TRUE(says(page, "Stays fp32"));
  EXPECT_TRUE(says(page, "qat: latency in tinytorch: int8 takes 1.4"));
}

TEST(Report, StandsWithNextToNothing) {
  ModelResult result;
  result.id = "bare";
  EXPECT_TRUE(says(to_html(result), "No int8 form was tried"));
  result.modes = {{"qat", {}, 0.0, "layer 3 has no integer form"}};
  EXPECT_TRUE(says(to_html(result), "qat: layer 3 has no integer form"));
  // Figures that are no numbers must not reach a picture.
  result.modes[0].verdict = verdict(false, INFINITY, 0.01);
  result.modes[0].verdict.latency[0].ratio = {NAN, NAN, NAN};
  result.tensors = {{"empty", 0.0, 0.0, {}, 0.0, 0.0, 0.0, 0, 0.0}};
  EXPECT_TRUE(says(to_html(result), "infinite"));
}

// Runs a program and returns what it said; the status goes to `status`.
std::string output_of(const std::string& command, int& status) {
  std::string said;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    said.append(buffer.data(), got);
  }
  status = pclose(pipe);
  return said;
}

// What is wrong with a page in a real browser: nothing, or a line each. Needs chromium and
// playwright-core: bin/install-packages check.
std::string seen_in_browser(const std::filesystem::path& page) {
  int status = -1;
  const std::string said = output_of(
      concat("node ", PROJECT_ROOT, "/tests/pipeline/report_browser.mjs ", PLAYWRIGHT_PACKAGE,
             " $(command -v chromium) ", page.string(), " ", page.parent_path().string()),
      status);
  EXPECT_EQ(status, 0) << said << "\nchromium and playwright-core come with: "
                       << "bin/install-packages check";
  return said;
}

TEST(Report, LooksRightInABrowserAtEveryWidthLightAndDark) {
  ModelResult over = example();
  over.quant_mode = "fp32";
  EXPECT_EQ(seen_in_browser(written("report_pass", example()) / "report.html"), "");
  EXPECT_EQ(seen_in_browser(written("report_over", over) / "report.html"), "");
}

// The browser's eyes are open: each kind of fault is named.
TEST(Report, TheBrowserSeesWhatIsWrong) {
  const auto page = written("report_wrong", example()) / "wrong.html";
  std::ofstream(page)
      << "<!doctype html><meta charset=utf-8><body style='background:#fff'>"
         "<p style='width:2000px'>wide</p><p style='color:#aaa'>pale</p>"
         "<script>console.log('said')</script><img src='http://localhost:1234/x.png'>"
         "<svg width=100 height=50 viewBox='0 0 100 50'><rect width=100 height=50 fill='#fff'/>"
         "<text x=80 y=20>beyond the end</text></svg>";
  const std::string said = seen_in_browser(page);
  for (const char* fault : {"1600 pixels, dark: scrolls sideways", "contrast 2.32: \"pale\"",
                            "console: said", "fetches http://localhost:1234/x.png",
                            "text beyond its picture: \"beyond the end\"", "no verdict"}) {
    EXPECT_TRUE(says(said, fault)) << fault << " is missing in\n" << said;
  }
}

}  // namespace
}  // namespace tinytorch::pipeline
