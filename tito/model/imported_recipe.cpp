#include "tito/model/imported_recipe.h"

#include "tinytorch/core/error.h"

namespace tito::model {
namespace {

// A text in YAML's double quotes.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + "\"";
}

}  // namespace

std::string imported_recipe(const ImportedFiles& files) {
  const std::string inputs = files.calibration.empty() ? "inputs.npy" : files.calibration;
  return tinytorch::concat(
      "# Imported from ", quoted(files.source), " by tito model import. Run it with\n",
      "#   tito model run ", files.id, ".yaml\n", "name: ", files.id, "\n", "kind: classifier\n",
      "description: ", quoted("Imported from " + files.source), "\n\n", "model:\n",
      "  file: ", quoted(files.id + ".graph.json"), "  # the layers, as imported\n",
      "  weights: ", quoted(files.id + ".safetensors"), "\n\n", "data:\n", "  set: file\n",
      "  # Inputs [N, …] of ", to_string(files.sample),
      ", as the ONNX file takes them; no labels are needed.\n", "  file: ", quoted(inputs), "\n",
      "  holdout: 0.5  # the share that judges; the rest is what calibration draws from\n\n",
      "calibration:\n", "  examples: 64\n", "  observer: min_max\n\n", "quantize:\n",
      "  mode: static  # repaired where that fails\n\n", "budget:\n",
      "  # sqnr, cosine or agreement (of the largest output) with the float model. A drop of "
      "sqnr\n",
      "  # is the error in units of the signal: 0.03 is 30 dB.\n", "  metric: sqnr\n", "  drop:\n",
      "    static: 0.03\n");
}

}  // namespace tito::model
