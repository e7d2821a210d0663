#include <charconv>
#include <cstdio>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/pipeline/verify/reopened.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using namespace tinytorch::pipeline;  // NOLINT: all of it is the pipeline's

std::int64_t batch_of(const std::string& text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < 1) {
    throw tinytorch::Error(
        tinytorch::concat("--batch is \"", text, "\", expected a whole number, at least 1"));
  }
  return value;
}

int bench_forms(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {"--smoke", "--quiet"}, {"--out", "--batch"});
  const std::int64_t batch = batch_of(parsed.option("--batch", "1"));
  Reopened model(parsed.only("RECIPE"), {.smoke = parsed.has("--smoke"),
                                         .quiet = parsed.has("--quiet"),
                                         .folder = parsed.option("--out")});
  std::string slower;
  bool busy = false;
  std::printf("  form       runtime      float        int8         int8 / float [95 %%]\n");
  for (const Form form : model.forms()) {
    for (const PairedLatency& of : model.bench(form, batch)) {
      std::printf("  %-9s  %-11s  %-12s %-12s %s [%s, %s]%s\n", name_of(form), of.runtime.c_str(),
                  microseconds(of.float_ns).c_str(), microseconds(of.int8_ns).c_str(),
                  figure(of.ratio.estimate).c_str(), figure(of.ratio.low).c_str(),
                  figure(of.ratio.high).c_str(), of.machine_busy ? "  machine busy" : "");
      busy = busy || of.machine_busy;
      if (of.ratio.high <= 1.0) continue;
      slower += (slower.empty() ? "" : ", ") + std::string(name_of(form)) + " in " + of.runtime;
    }
  }
  if (!slower.empty()) std::printf("\nslower than float: %s\n", slower.c_str());
  if (busy) std::printf("\nthe machine was busy: measure again on a quiet one\n");
  return busy || !slower.empty() ? 1 : 0;
}

}  // namespace

Verb bench_verb() {
  return {"model", "bench", "Time int8 beside float, in our engine and in ONNX Runtime",
          "RECIPE [--batch N] [--smoke] [--quiet] [--out DIR]\n"
          "Alternating pairs, medians and a 95 % interval of their ratio. Pairs that another\n"
          "process disturbed are thrown away; with too few left the machine is busy.\n"
          "Exit status: 0 no form is slower than float, 1 one is or the machine was busy.\n",
          bench_forms};
}

}  // namespace tito::model
