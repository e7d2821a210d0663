#include <cstdio>

#include "tinytorch/pipeline/report/report.h"
#include "tinytorch/pipeline/verify/reopened.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using namespace tinytorch::pipeline;  // NOLINT: all of it is the pipeline's

// Into the run's record and its page.
void keep(const std::filesystem::path& folder, const std::vector<VerifyRecord>& records) {
  if (!std::filesystem::exists(folder / "result.json")) return;
  ModelResult result = load_result(folder / "result.json");
  result.verification = records;
  write_report(folder, result);
}

int verify_files(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {"--smoke", "--quiet"}, {"--out"});
  Reopened model(parsed.only("RECIPE"), {.smoke = parsed.has("--smoke"),
                                         .quiet = parsed.has("--quiet"),
                                         .folder = parsed.option("--out")});
  const auto records = model.verify({cpu_provider(), web_provider()});
  std::printf("%s", to_text(records).c_str());
  keep(model.job().folder, records);
  const bool good = verified(records);
  std::printf("\n%s\n", good ? "All that must agree does."
                             : "Not verified: what must agree does not, or could not be run.");
  return good ? 0 : 1;
}

}  // namespace

Verb verify_verb() {
  return {"model", "verify", "Run the files in ONNX Runtime, twice, and compare with our engine",
          "RECIPE [--smoke] [--quiet] [--out DIR]\n"
          "Every file of a finished run, in ONNX Runtime in this process and in its WebAssembly\n"
          "build: integers bit for bit, floats to 1e-5, every other difference counted. What was "
          "found\n"
          "stands in result.json and report.html too.\n"
          "Exit status: 0 agrees, 1 does not or a runtime is absent, 2 usage or file.\n",
          verify_files};
}

}  // namespace tito::model
