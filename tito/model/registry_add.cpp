// tito registry add: a run's model, or any pair of ONNX files, into the registry.

#include <cstdio>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/registry/add.h"
#include "tinytorch/registry/open.h"
#include "tito/model/registry_verbs.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

namespace fs = std::filesystem;
namespace registry = tinytorch::registry;
using tinytorch::concat;

const std::set<std::string> kOptions{"--registry", "--kind",        "--onnx",    "--int8",
                                     "--mode",     "--calibration", "--license", "--license-url",
                                     "--budget",   "--description", "--notes",   "--sidecar"};

std::optional<std::string> given(const Arguments& arguments, const std::string& option) {
  const std::string value = arguments.option(option);
  return value.empty() ? std::nullopt : std::optional(value);
}

// Files named on the command line.
registry::Addition addition_named(const Arguments& arguments, const std::string& id) {
  if (!given(arguments, "--onnx") || !given(arguments, "--kind")) {
    throw tinytorch::Error(
        concat("registry add: ", id,
               " is no folder that a run made (build/models/NAME); a model that no run made needs "
               "--onnx FILE and --kind KIND"));
  }
  if (given(arguments, "--int8") && !given(arguments, "--mode")) {
    throw tinytorch::Error("registry add: --int8 needs --mode dynamic, static or qat");
  }
  registry::Addition addition{.entry = {.id = id}};
  addition.entry.kind = registry::kind_of(arguments.option("--kind"));
  addition.entry.quant_mode = registry::mode_of(arguments.option("--mode", "fp32"));
  addition.entry.quant_calibration_set = given(arguments, "--calibration");
  addition.float_model = arguments.option("--onnx");
  addition.int8_model = arguments.option("--int8");
  if (const auto file = given(arguments, "--sidecar")) {
    addition.sidecar = registry::parse_sidecar(
        tinytorch::data::read_file(*file, registry::kLargestSidecar), *file);
  }
  return addition;
}

double number(const std::string& text) {
  std::size_t used = 0;
  double value = 0.0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (text.empty() || used != text.size()) {
    throw tinytorch::Error(tinytorch::concat("--budget ", text, " is not a number"));
  }
  return value;
}

int add(const Arguments& arguments) {
  const std::string& what = arguments.only("FOLDER or ID");
  registry::Addition addition =
      fs::is_directory(what) ? addition_of(what) : addition_named(arguments, what);
  registry::Entry& entry = addition.entry;
  if (const auto license = given(arguments, "--license")) entry.license = license;
  if (const auto url = given(arguments, "--license-url")) entry.license_url = url;
  if (const auto text = given(arguments, "--description")) entry.description = text;
  if (const auto notes = given(arguments, "--notes")) entry.notes = notes;
  if (const auto budget = given(arguments, "--budget")) {
    entry.quant_accuracy_budget_plcc = number(*budget);
  }
  const fs::path path = registry_of(arguments);
  const registry::Entry written = registry::add(path, addition);
  std::printf("%s: %s, mode %s, is in %s\n", written.id.c_str(), written.onnx.c_str(),
              name(written.quant_mode).c_str(), path.c_str());
  const std::string place =
      given(arguments, "--registry") ? " --registry " + arguments.option("--registry") : "";
  std::printf("Next: tito registry validate%s\n", place.c_str());
  return 0;
}

}  // namespace

Verb registry_add_verb() {
  return {
      "registry", "add", "Put a model into the registry, or a newer one in its place",
      "FOLDER | ID --kind KIND --onnx FILE [--int8 FILE --mode MODE]\n"
      "  FOLDER is what a run made: build/models/<id>, with result.json and the ONNX files.\n"
      "  --registry PATH      models/ of the project otherwise\n"
      "  --kind KIND          fr, nr, filter, classifier, lm\n"
      "  --mode MODE          fp32, dynamic, static, qat\n"
      "  --calibration TEXT   what the ranges come from; needed for static and qat\n"
      "  --sidecar FILE       features, mean, architecture and figures\n"
      "  --budget NUMBER  --license NAME  --license-url URL  --description TEXT  --notes TEXT\n",
      [](const std::vector<std::string>& words) { return add(Arguments(words, {}, kOptions)); }};
}

}  // namespace tito::model
