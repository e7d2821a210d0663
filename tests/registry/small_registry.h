#pragma once
// A registry in a folder of its own, with a float model, and int8 ones of every mode.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/small_networks.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/dynamic_model.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/qat/roads.h"
#include "tinytorch/registry/add.h"
#include "tinytorch/registry/registry_file.h"

namespace tinytorch::registry {

namespace fs = std::filesystem;

// The three forms of one network, as our exports write them.
struct ModelBytes {
  std::string fp32;
  std::string dynamic;
  std::string qdq;
};

inline const ModelBytes& model_bytes() {
  static const ModelBytes bytes = [] {
    Rng rng(1401);
    const auto model = small::depthwise(rng);
    small::train_a_little(*model, {2, 8, 8}, 2, 0.01f, rng);
    const auto network = quantization::ptq(*model, small::batch({2, 8, 8}, 32, rng), {});
    return ModelBytes{onnx::float_model(*model, {2, 8, 8}).to_bytes(),
                      onnx::dynamic_model(*model, {2, 8, 8}).to_bytes(),
                      onnx::qdq_model(network, onnx::Ends::kFloat).to_bytes()};
  }();
  return bytes;
}

class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = fs::temp_directory_path() /
            ("tinytorch_registry_" + std::to_string(::getpid()) + "_" + std::to_string(++count));
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }
  fs::path write(const std::string& name, std::string_view content) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }
  std::string read(const std::string& name) const {
    return data::read_file((path_ / name).string());
  }

 private:
  fs::path path_;
};

inline QuantFigures passing_figures() {
  return {.metric = "top1",
          .fp32 = 0.95,
          .int8 = 0.949,
          .drop = 0.001,
          .drop_low = -0.001,
          .drop_high = 0.003,
          .budget = 0.005,
          .verdict = "pass"};
}

// Adds `id` in that mode to the registry of `folder`.
inline Entry add_model(const Folder& folder, const std::string& id, QuantMode mode,
                       const QuantFigures& figures = passing_figures()) {
  const Folder built;
  Addition addition{.entry = {.id = id, .kind = Kind::kClassifier, .quant_mode = mode}};
  addition.sidecar.input_name = "x";
  addition.sidecar.output_name = "y";
  addition.sidecar.input_shape = NamedShape{"batch", "2", "8", "8"};
  addition.float_model = built.write("float.onnx", model_bytes().fp32);
  if (mode != QuantMode::kFp32) {
    const bool dynamic = mode == QuantMode::kDynamic;
    addition.int8_model =
        built.write("int8.onnx", dynamic ? model_bytes().dynamic : model_bytes().qdq);
    addition.sidecar.quantization = figures;
    if (!dynamic) addition.entry.quant_calibration_set = "32 random images";
  }
  return add(folder.path(), addition);
}

}  // namespace tinytorch::registry
