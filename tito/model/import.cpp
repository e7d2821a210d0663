// tito model import FILE.onnx: somebody's float model, as files that a recipe can name.

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "peers/float_run.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/import/architecture.h"
#include "tinytorch/train/safetensors.h"
#include "tito/model/imported_recipe.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

namespace fs = std::filesystem;
namespace onnx = tinytorch::onnx;
using tinytorch::concat;
using tinytorch::Error;

// "height=224".
void add_size(std::map<std::string, std::int64_t>& sizes, const std::string& text) {
  const std::size_t equals = text.rfind('=');
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  if (equals != std::string::npos && equals > 0) {
    const auto [stop, error] = std::from_chars(text.data() + equals + 1, end, value);
    if (error == std::errc() && stop == end && value > 0) {
      sizes[text.substr(0, equals)] = value;
      return;
    }
  }
  throw Error(concat("--size ", text, "; expected a name and a number, as in --size height=224"));
}

onnx::Runtime onnxruntime() {
  return [](std::string_view model, const std::string& input, const tinytorch::Tensor& x,
            const std::string& output, const tinytorch::Shape& shape) {
    return peers::run_float(model, input, x.data(), x.shape().sizes(), output, shape.sizes());
  };
}

// A legal id of a recipe out of a file's name.
std::string id_of(const fs::path& file) {
  std::string id;
  for (const char c : file.stem().string()) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool legal = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (legal) {
      id += lower;
    } else if (!id.empty()) {
      id += lower == '-' ? '-' : '_';
    }
  }
  constexpr std::size_t kMost = 64;
  return id.empty() ? "imported" : id.substr(0, kMost);
}

void write_weights(const fs::path& file, const onnx::Imported& imported) {
  tinytorch::train::SafeTensors content;
  for (const auto& [name, tensor] : imported.model->state_dict()) {
    content.tensors.push_back(tinytorch::train::store(name, tensor));
  }
  tinytorch::train::write_safetensors(file.string(), content);
}

void show(const onnx::Imported& imported, bool compared) {
  std::int64_t values = 0;
  for (const auto& parameter : imported.model->parameters()) values += parameter.numel();
  std::printf("%zu layers, %lld parameters; operator set %lld; input %s %s, output %s %s\n",
              imported.model->children().size(), static_cast<long long>(values),
              static_cast<long long>(imported.opset), imported.input_name.c_str(),
              to_string(imported.file_sample).c_str(), imported.output_name.c_str(),
              to_string(imported.file_output).c_str());
  if (compared) {
    std::printf("agrees with ONNX Runtime to %.2g of the output's largest magnitude\n",
                imported.worst_difference);
  }
  for (const std::string& island : imported.float_islands) {
    std::printf("runs in float when deployed: %s\n", island.c_str());
  }
  for (const std::string& note : imported.notes) std::printf("note: %s\n", note.c_str());
}

bool runtime_is_there() {
  try {
    (void)peers::onnxruntime_version();
    return true;
  } catch (const Error& error) {
    std::fprintf(stderr, "not compared with ONNX Runtime: %s\n", error.what());
    return false;
  }
}

// Exit status 1 where nothing could be compared: what was not verified is not verified.
int run(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {}, {"--size", "--calibration", "--out", "--output", "--name"});
  const fs::path file = parsed.only("FILE.onnx");
  onnx::ImportOptions options;
  for (const std::string& size : parsed.options("--size")) add_size(options.sizes, size);
  options.output = parsed.option("--output");
  const std::string calibration = parsed.option("--calibration");
  if (!calibration.empty() && !fs::is_regular_file(calibration))
    throw Error(concat("--calibration ", calibration,
                       " is no file; expected inputs [N, …], .npy or "
                       ".safetensors"));
  const bool compared = runtime_is_there();
  if (compared) options.runtime = onnxruntime();
  const onnx::Imported imported = onnx::import_onnx(file, options);

  const std::string id = parsed.option("--name", id_of(file));
  const fs::path folder = parsed.option("--out", (fs::path("build/imported") / id).string());
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(concat(folder.string(), " cannot be made: ", error.message()));
  const auto at = [&](const char* ending) { return folder / (id + ending); };
  tinytorch::data::write_file_atomically(at(".graph.json").string(),
                                         onnx::write_architecture(imported));
  write_weights(at(".safetensors"), imported);
  const std::string recipe = imported_recipe(
      {id, file.filename().string(), calibration.empty() ? "" : fs::absolute(calibration).string(),
       imported.file_sample});
  tinytorch::data::write_file_atomically(at(".yaml").string(), recipe);
  show(imported, compared);
  std::printf("wrote %s, %s, %s\n", at(".graph.json").c_str(), at(".safetensors").c_str(),
              at(".yaml").c_str());
  if (calibration.empty()) {
    std::printf("Next: put inputs [N, …] of that shape into %s, then\n  tito model run %s\n",
                (folder / "inputs.npy").c_str(), at(".yaml").c_str());
  } else {
    std::printf("Next: tito model run %s\n", at(".yaml").c_str());
  }
  return compared ? 0 : 1;
}

}  // namespace

Verb import_verb() {
  return {"model", "import", "Import a float ONNX model and write a recipe for it",
          "FILE.onnx [--size NAME=VALUE]… [--calibration INPUTS.npy] [--out DIR]\n"
          "                  [--output NAME] [--name ID]\n"
          "  --size         a size that the file leaves open, by its name or place (input.2)\n"
          "  --calibration  inputs [N, …], .npy or .safetensors: what quantization looks at, and\n"
          "                 on a part held out, what the integers are judged on\n"
          "  --out          the folder to write to; default build/imported/ID\n"
          "  --output       which output, where the model has several\n"
          "  --name         the id of the recipe; default: the file's name\n",
          run};
}

}  // namespace tito::model
