#include "tito/model/run.h"

#include <charconv>
#include <cstdio>

#include "tinytorch/core/error.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using namespace tinytorch::pipeline;  // NOLINT: all of it is the pipeline's

void show(const RunResult& result) {
  std::printf("\n  form       metric    mean drop  worst drop  weight bytes  step cost  verdict\n");
  std::printf("  %-9s  %-8.5f  %9s  %10s  %12s  %9s\n", "fp32", result.float_metric, "", "", "",
              "");
  for (const FormVerdict& form : result.forms) {
    const char* name = kFormNames[static_cast<std::size_t>(form.form)];
    if (!form.measured) {
      std::printf("  %-9s  not measured: %s\n", name, form.reason.c_str());
      continue;
    }
    std::printf("  %-9s  %-8.5f  %9.5f  %10.5f  %12lld  %9.2f  %s\n", name, form.metric,
                form.mean_drop, form.worst_drop, static_cast<long long>(form.weight_bytes),
                form.step_cost, form.passed ? "passed" : form.reason.c_str());
  }
  for (const Aside& aside : result.asides) {
    std::printf("  %s: metric %.5f, %lld weight bytes\n", aside.name.c_str(), aside.metric,
                static_cast<long long>(aside.weight_bytes));
  }
  std::printf("\n  files: %s\n", result.folder.c_str());
}

double seconds_of(const std::string& text) {
  double value = 0.0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !(value >= 0.0)) {
    throw tinytorch::Error(
        tinytorch::concat("--checkpoint-every is \"", text, "\", expected seconds, 0 or more"));
  }
  return value;
}

}  // namespace

int run_up_to(const std::vector<std::string>& arguments, LastStep last) {
  const Arguments parsed(arguments, {"--smoke", "--resume", "--quiet"},
                         {"--out", "--checkpoint-every"});
  const double seconds = seconds_of(parsed.option("--checkpoint-every", "5"));
  const RunResult result = run_recipe(parsed.only("RECIPE"),
                                      {.smoke = parsed.has("--smoke"),
                                       .resume = parsed.has("--resume"),
                                       .quiet = parsed.has("--quiet"),
                                       .checkpoint_seconds = seconds,
                                       .folder = parsed.option("--out")},
                                      last);
  show(result);
  return last == LastStep::kTrain || result.shipped != Form::kFp32 ? 0 : 1;
}

Verb run_verb() {
  return {"model", "run", "Train, quantize, export and judge", kRunUsage,
          [](const std::vector<std::string>& arguments) {
            return run_up_to(arguments, LastStep::kExport);
          }};
}

}  // namespace tito::model
