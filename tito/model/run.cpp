#include "tito/model/run.h"

#include <charconv>
#include <cstdio>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/pipeline/run/interrupt.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using namespace tinytorch::pipeline;  // NOLINT: all of it is the pipeline's

std::string figure_or_dash(bool there, double value) { return there ? figure(value) : "-"; }

void show(const RunResult& result) {
  std::printf("\n  %-9s  %-10s  %-28s  %-9s  %-9s  %-8s  %s\n", "form", "metric", "drop, 95 %",
              "bytes", "step cost", "latency", "verdict");
  std::printf("  %-9s  %-10s\n", "fp32", figure(result.float_metric).c_str());
  const auto cost = result.record.counts.find("qat step / float step");
  for (const ModeResult& mode : result.record.modes) {
    const GateVerdict& v = mode.verdict;
    const std::string drop =
        figure(v.drop.estimate) + " [" + figure(v.drop.low) + ", " + figure(v.drop.high) + "]";
    const bool trained = mode.mode == "qat" && cost != result.record.counts.end();
    std::string latency;
    for (const PairedLatency& one : v.latency)
      latency += (latency.empty() ? "" : " ") + figure(one.ratio.estimate);
    std::printf("  %-9s  %-10s  %-28s  %-9lld  %-9s  %-8s  %s\n", mode.mode.c_str(),
                figure(v.int8_metric.estimate).c_str(), drop.c_str(),
                static_cast<long long>(v.int8_bytes),
                figure_or_dash(trained, trained ? cost->second : 0.0).c_str(),
                latency.empty() ? "-" : latency.c_str(), v.pass ? "passed" : "over budget");
    for (const std::string& reason : v.reasons()) std::printf("             %s\n", reason.c_str());
  }
  for (const std::string& note : result.record.notes) std::printf("  note: %s\n", note.c_str());
}

// What was made, and what to type next. `command`: the recipe as it was given, with its options.
void show_end(const RunResult& result, LastStep last, const std::string& command) {
  if (last == LastStep::kTrain) {
    std::printf("\n  fp32: %s; trained models: %s\n  next: tito model run %s --resume\n",
                figure(result.float_metric).c_str(), (result.folder / "state").c_str(),
                command.c_str());
    return;
  }
  if (last == LastStep::kQuantize) {
    std::printf("\n  would ship: %s; no file is written yet\n  next: tito model run %s --resume\n",
                result.record.quant_mode.c_str(), command.c_str());
    return;
  }
  const std::string folder = result.folder.string();
  std::printf("\n  shipped: %s; files: %s\n", result.record.quant_mode.c_str(), folder.c_str());
  std::printf("  next: open %s/report.html\n", folder.c_str());
  std::printf("        tito model verify %s\n        tito registry add %s\n", command.c_str(),
              folder.c_str());
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
  catch_interrupts();  // of the other verbs Ctrl-C ends the program: they keep nothing half done
  const double seconds = seconds_of(parsed.option("--checkpoint-every", "5"));
  std::string command = parsed.only("RECIPE");
  if (parsed.has("--smoke")) command += " --smoke";
  if (!parsed.option("--out").empty()) command += " --out " + parsed.option("--out");
  const RunResult result = run_recipe(parsed.only("RECIPE"),
                                      {.smoke = parsed.has("--smoke"),
                                       .resume = parsed.has("--resume"),
                                       .quiet = parsed.has("--quiet"),
                                       .checkpoint_seconds = seconds,
                                       .folder = parsed.option("--out"),
                                       .in_onnxruntime = true},
                                      last);
  if (last != LastStep::kTrain) show(result);
  show_end(result, last, command);
  return last == LastStep::kTrain || result.record.pass() ? 0 : 1;
}

Verb run_verb() {
  return {"model", "run", "Train, quantize, export and judge", kRunUsage,
          [](const std::vector<std::string>& arguments) {
            return run_up_to(arguments, LastStep::kExport);
          }};
}

}  // namespace tito::model
