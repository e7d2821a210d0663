#include "tinytorch/pipeline/report/report.h"

#include <cstdio>

#include "tito/model/verbs.h"

namespace tito::model {
namespace {

namespace fs = std::filesystem;
using namespace tinytorch::pipeline;  // NOLINT: all of it is the pipeline's

int report_again(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {"--json"}, {});
  fs::path file = parsed.only("RESULT");
  if (fs::is_directory(file)) file /= "result.json";
  const ModelResult result = load_result(file);
  if (parsed.has("--json")) {
    std::printf("%s", to_json(result).c_str());
    return result.pass() ? 0 : 1;
  }
  for (const ModeResult& mode : result.modes) {
    std::printf("%s: %s", mode.mode.c_str(), to_text(mode.verdict).c_str());
  }
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  write_report(folder, result);
  std::printf("wrote %s\n", (folder / "report.html").c_str());
  return result.pass() ? 0 : 1;
}

}  // namespace

Verb report_verb() {
  return {"model", "report", "Print the verdict of a finished run and write its page again",
          "RESULT [--json]\n"
          "RESULT is result.json or the folder it is in; report.html is written beside it.\n"
          "Exit status: 0 an int8 form ships, 1 fp32 does, 2 usage or file.\n",
          report_again};
}

}  // namespace tito::model
