#pragma once
// Somebody's float model, from an ONNX file: our layers with its weights. Given.
//
//   const Imported model = import_onnx("classifier.onnx", {.sizes = {{"height", 224}}});
//   const Tensor logits = (*model.model)(images);      // [N, 3, 224, 224]
//
// Operator sets 9 to 17. What can be imported is listed in lowering.cpp; anything else is an Error
// that names the node, its operator and what would be needed. Patterns of nodes that are one
// function (HardSwish, Gelu, SiLU, LayerNorm) become one layer.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/nn/module.h"

namespace tinytorch::onnx {

// Another runtime, as a judge: runs a model, given as bytes, on an input and returns the values of
// the output of that name and shape.
using Runtime = std::function<std::vector<float>(std::string_view model, const std::string& input,
                                                 const Tensor& x, const std::string& output,
                                                 const Shape& shape)>;

struct ImportOptions {
  // Values of the sizes that the file leaves open, by name ("height"), or by place where they have
  // none ("input.2"). The batch is 1 unless it is named here.
  std::map<std::string, std::int64_t> sizes;
  // Which output to compute, of several.
  std::string output;
  // Compares with this on random inputs, and throws Error where the largest difference is more than
  // kLargestDifference of the output's largest magnitude. Empty: nothing is compared.
  Runtime runtime;
};

inline constexpr double kLargestDifference = 1e-5;

struct Imported {
  std::shared_ptr<nn::Module> model;  // an nn::Graph in eval mode; any batch
  Shape sample;                       // of one input of `model`, without the batch
  Shape file_sample;                  // the same in the file
  // Element i of `sample` is element order[i] of the file's; empty: element i. An image that comes
  // with its channels last is one with its channels first here.
  std::vector<std::int64_t> order;
  // The file's output, without the batch, and its element i among the model's.
  Shape file_output;
  std::vector<std::int64_t> output_order;
  std::string input_name;
  std::string output_name;
  std::int64_t opset = 0;
  std::vector<std::string>
      float_islands;  // nodes that run in float when deployed: LayerNorm, Softmax
  std::vector<std::string> notes;
  double worst_difference = -1.0;  // as a part of the largest magnitude; -1: not compared
};

Imported import_onnx(const std::filesystem::path& file, const ImportOptions& options = {});
// Of bytes; external data are read from `folder`, "" refuses them.
Imported import_onnx_bytes(std::string_view bytes, const std::filesystem::path& folder,
                           const ImportOptions& options = {});

// Inputs [N, file_sample…] as the model takes them, [N, sample…]. What has that shape already and
// needs no other order comes back as it is. Throws Error on another shape.
Tensor arrange_inputs(const Imported& imported, const Tensor& inputs);

}  // namespace tinytorch::onnx
