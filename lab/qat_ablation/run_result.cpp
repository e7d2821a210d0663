#include "lab/qat_ablation/run_result.h"

#include <nlohmann/json.hpp>

#include "tinytorch/core/error.h"

namespace tinytorch::lab {
namespace {

using Json = nlohmann::ordered_json;

// `read` on the parsed text; what nlohmann throws becomes an Error.
template <typename Read>
auto parsed(const char* what, const std::string& json, Read read) {
  try {
    return read(Json::parse(json));
  } catch (const Json::exception& error) {
    throw Error(concat("qat-ablation: ", what, " is damaged: ", error.what()));
  }
}

Json of(const Score& score) { return {{"plain", score.plain}, {"sliding", score.sliding}}; }
Score score_of(const Json& json) { return {json.at("plain"), json.at("sliding")}; }

}  // namespace

std::string to_json(const RunResult& result) {
  Json stored = Json::array();
  for (const StoredResult& one : result.stored) {
    stored.push_back({{"storage", one.storage}, {"bpb", of(one.score)}, {"bytes", one.bytes}});
  }
  const Json document = {{"run", result.run},
                         {"seed", result.seed},
                         {"steps", result.steps},
                         {"before", of(result.before)},
                         {"stored", stored},
                         {"changed", result.changed},
                         {"clipped", result.clipped},
                         {"logit_difference", result.logit_difference},
                         {"float_ms", result.float_ms},
                         {"quantized_ms", result.quantized_ms},
                         {"first_quantized_ms", result.first_quantized_ms},
                         {"processor_seconds", result.seconds},
                         {"commit", result.commit}};
  return document.dump(1) + "\n";
}

RunResult run_result_from_json(const std::string& json) {
  return parsed("a run's result", json, [](const Json& document) {
    RunResult result{.run = document.at("run"),
                     .seed = document.at("seed"),
                     .steps = document.at("steps"),
                     .before = score_of(document.at("before")),
                     .stored = {},
                     .changed = document.at("changed"),
                     .clipped = document.at("clipped"),
                     .logit_difference = document.at("logit_difference"),
                     .float_ms = document.at("float_ms"),
                     .quantized_ms = document.at("quantized_ms"),
                     .first_quantized_ms = document.at("first_quantized_ms"),
                     .seconds = document.at("processor_seconds"),
                     .commit = document.at("commit")};
    for (const Json& one : document.at("stored")) {
      result.stored.push_back({one.at("storage"), score_of(one.at("bpb")), one.at("bytes")});
    }
    return result;
  });
}

const StepTime& Timing::find(const std::string& arm) const {
  for (const StepTime& one : arms) {
    if (one.arm == arm) return one;
  }
  throw Error(concat("qat-ablation: no step of \"", arm, "\" was timed"));
}

std::string to_json(const Timing& timing) {
  Json arms = Json::array();
  for (const StepTime& one : timing.arms) {
    arms.push_back({{"arm", one.arm}, {"ms", one.ms}, {"ratio", one.ratio}, {"half", one.half}});
  }
  return Json{{"arms", arms}, {"commit", timing.commit}}.dump(1) + "\n";
}

Timing timing_from_json(const std::string& json) {
  return parsed("the step times", json, [](const Json& document) {
    Timing timing{{}, document.at("commit")};
    for (const Json& one : document.at("arms")) {
      timing.arms.push_back({one.at("arm"), one.at("ms"), one.at("ratio"), one.at("half")});
    }
    return timing;
  });
}

}  // namespace tinytorch::lab
