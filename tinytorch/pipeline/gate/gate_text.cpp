// A verdict in words.

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/pipeline/gate/gate.h"

namespace tinytorch::pipeline {

std::vector<std::string> GateVerdict::reasons() const {
  std::vector<std::string> failed;
  for (const GateCheck& check : checks) {
    if (!check.pass) failed.push_back(concat(check.name, ": ", check.why));
  }
  return failed;
}

std::string to_text(const GateVerdict& verdict) {
  const std::string metric(name(verdict.metric));
  std::string text = concat(verdict.pass ? "PASS" : "OVER BUDGET", "\n");
  for (const GateCheck& check : verdict.checks) {
    text += concat("  ", check.pass ? "ok  " : "FAIL", " ", check.name, ": ", check.why, "\n");
  }
  const auto interval = [](const Interval& of) {
    return concat(figure(of.estimate), " [", figure(of.low), ", ", figure(of.high), "]");
  };
  const auto spread = [](const char* what, const Spread& of) {
    return concat("  drop over ", of.trials, " ", what, ": least ", figure(of.least), ", median ",
                  figure(of.median), ", most ", figure(of.most), "\n");
  };
  text += concat("  ", metric, " in float ", interval(verdict.float_metric), ", in int8 ",
                 interval(verdict.int8_metric), "\n");
  text += concat("  drop ", interval(verdict.drop), ", ", verdict.rows, " rows in ", verdict.groups,
                 " groups; groups were resampled\n");
  if (verdict.draws.trials > 0) text += spread("draws of the calibration set", verdict.draws);
  if (verdict.seeds.trials > 0) text += spread("training seeds", verdict.seeds);
  return text;
}

}  // namespace tinytorch::pipeline
