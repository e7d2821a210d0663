#include "lab/qat_ablation/results.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tinytorch/core/error.h"

namespace tinytorch::lab {
namespace {

using Json = nlohmann::ordered_json;

std::string exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// A field with a comma in it is quoted.
std::string line_of(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    const bool quoted = field.find(',') != field.npos;
    line += (line.empty() ? "" : ",") + (quoted ? '"' + field + '"' : field);
  }
  return line + "\n";
}

double figure_of(const RunResult& run, const StoredResult& stored, Figure figure) {
  switch (figure) {
    case Figure::kBefore:
      return run.before.plain;
    case Figure::kBeforeSliding:
      return run.before.sliding;
    case Figure::kAfter:
      return stored.score.plain;
    case Figure::kAfterSliding:
      return stored.score.sliding;
    case Figure::kBytes:
      break;
  }
  return static_cast<double>(stored.bytes);
}

}  // namespace

std::string to_json(const Results& results) {
  Json runs = Json::array();
  for (const RunResult& run : results.runs) runs.push_back(Json::parse(to_json(run)));
  const Json document = {{"name", results.name},
                         {"settings", results.fingerprint},
                         {"machine", results.machine},
                         {"seeds", results.seeds},
                         {"steps", results.steps},
                         {"late_start", results.late_start},
                         {"extras_bits", results.extras_bits},
                         {"timing", Json::parse(to_json(results.timing))},
                         {"runs", runs}};
  return document.dump(1) + "\n";
}

Results results_from_json(const std::string& json) {
  try {
    const Json document = Json::parse(json);
    Results results{.name = document.at("name"),
                    .fingerprint = document.at("settings"),
                    .machine = document.at("machine"),
                    .seeds = document.at("seeds"),
                    .steps = document.at("steps"),
                    .late_start = document.at("late_start"),
                    .extras_bits = document.at("extras_bits"),
                    .timing = timing_from_json(document.at("timing").dump()),
                    .runs = {}};
    for (const Json& run : document.at("runs")) {
      results.runs.push_back(run_result_from_json(run.dump()));
    }
    return results;
  } catch (const Json::exception& error) {
    throw Error(concat("qat-ablation: the results are damaged: ", error.what()));
  }
}

std::string results_csv(const Results& results) {
  std::string csv =
      line_of({"run", "storage", "seed", "steps", "bpb_before", "bpb_before_sliding", "bpb_after",
               "bpb_after_sliding", "artifact_bytes", "changed", "clipped", "logit_difference"});
  for (const RunResult& run : results.runs) {
    for (const StoredResult& stored : run.stored) {
      csv += line_of({run.run, stored.storage, std::to_string(run.seed), std::to_string(run.steps),
                      exact(run.before.plain), exact(run.before.sliding), exact(stored.score.plain),
                      exact(stored.score.sliding), std::to_string(stored.bytes),
                      std::to_string(run.changed), std::to_string(run.clipped),
                      exact(run.logit_difference)});
    }
  }
  return csv;
}

std::string times_csv(const Results& results) {
  std::string csv = line_of({"run", "seed", "steps", "float_step_ms", "quantized_step_ms",
                             "first_quantized_step_ms", "processor_seconds", "commit"});
  for (const RunResult& run : results.runs) {
    csv += line_of({run.run, std::to_string(run.seed), std::to_string(run.steps),
                    exact(run.float_ms), exact(run.quantized_ms), exact(run.first_quantized_ms),
                    exact(run.seconds), run.commit});
  }
  return csv;
}

std::vector<const RunResult*> runs_named(const Results& results, const std::string& run) {
  std::vector<const RunResult*> found;
  for (const RunResult& one : results.runs) {
    if (one.run == run) found.push_back(&one);
  }
  if (found.empty()) throw Error(concat("qat-ablation: the results hold no run \"", run, "\""));
  return found;
}

std::vector<double> figures(const Results& results, const std::string& run,
                            const std::string& storage, Figure figure) {
  std::vector<double> values;
  for (const RunResult* one : runs_named(results, run)) {
    for (const StoredResult& stored : one->stored) {
      if (stored.storage == storage) values.push_back(figure_of(*one, stored, figure));
    }
  }
  if (values.empty()) {
    throw Error(concat("qat-ablation: run ", run, " was not stored as ", storage));
  }
  return values;
}

}  // namespace tinytorch::lab
