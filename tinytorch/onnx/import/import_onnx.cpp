#include "tinytorch/onnx/import/import_onnx.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/core/at_place.h"
#include "tinytorch/data/file.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/layer_norm_pattern.h"
#include "tinytorch/onnx/import/detail/lowering.h"
#include "tinytorch/onnx/import/read_model.h"

namespace tinytorch::onnx {

namespace fs = std::filesystem;

namespace {

std::string names_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

const SourceValue& only_input(const SourceGraph& graph) {
  std::vector<std::string> names;
  for (const SourceValue& input : graph.inputs) names.push_back(input.name);
  if (names.size() != 1) {
    throw Error(concat("has ", static_cast<std::int64_t>(names.size()), " inputs (",
                       names_of(names), "); models of one can be imported"));
  }
  const SourceValue& input = graph.inputs[0];
  if (!input.is_float) throw Error(concat("input ", input.name, " does not hold floats"));
  if (!input.has_shape || input.shape.empty()) {
    throw Error(concat("input ", input.name, " says nothing about its shape"));
  }
  return input;
}

std::string chosen_output(const SourceGraph& graph, const std::string& wanted) {
  if (graph.outputs.empty()) throw Error("has no output");
  if (wanted.empty() && graph.outputs.size() == 1) return graph.outputs[0];
  if (std::find(graph.outputs.begin(), graph.outputs.end(), wanted) != graph.outputs.end()) {
    return wanted;
  }
  throw Error(
      concat("has the outputs ", names_of(graph.outputs), "; ",
             wanted.empty() ? "say which one to import, as in --output " : "none of them is ",
             wanted.empty() ? graph.outputs[0] : wanted));
}

// The input's shape with the batch; says in `used` which names were asked for.
Sizes input_shape(const SourceValue& input, const ImportOptions& options) {
  Sizes shape;
  std::set<std::string> used;
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    const SourceSize& size = input.shape[i];
    const std::string place = concat(input.name, ".", static_cast<std::int64_t>(i));
    const std::string name = size.name.empty() ? place : size.name;
    const auto given =
        options.sizes.contains(name) ? options.sizes.find(name) : options.sizes.find(place);
    if (given != options.sizes.end()) {
      used.insert(given->first);
      if (size.value > 0 && size.value != given->second) {
        throw Error(concat("size ", name, " is ", size.value, " in the file, ", given->second,
                           " was asked for"));
      }
      shape.push_back(given->second);
    } else if (size.value > 0) {
      shape.push_back(size.value);
    } else if (i == 0) {
      shape.push_back(1);
    } else {
      throw Error(concat("input ", input.name, ": size ", name,
                         " is open; give it a value, as in --size ", name, "=224"));
    }
    if (shape.back() < 1)
      throw Error(concat("size ", name, " is ", shape.back(), "; expected 1 or more"));
  }
  for (const auto& [name, _] : options.sizes) {
    if (!used.contains(name)) {
      throw Error(concat("no size of input ", input.name, " is named ", name));
    }
  }
  checked_count(shape, kMostValues);
  return shape;
}

Shape without_batch(const Sizes& shape) { return Shape(Sizes(shape.begin() + 1, shape.end())); }

// An order of a whole batch says the same for each sample.
Sizes of_one_sample(const Sizes& order, const Sizes& shape) {
  if (order.empty()) return {};
  return short_order(
      Sizes(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(order.size()) / shape[0]));
}

std::vector<std::string> islands_of(const nn::Graph& graph) {
  std::vector<std::string> names;
  for (const nn::GraphNode& node : graph.nodes()) {
    const bool norm = dynamic_cast<const nn::LayerNorm*>(node.module.get()) != nullptr;
    const bool softmax = dynamic_cast<const nn::Softmax*>(node.module.get()) != nullptr;
    if (norm || softmax) names.push_back(concat(node.name, " ", node.module->describe()));
  }
  return names;
}

Imported lowered(const SourceGraph& graph, const ImportOptions& options) {
  const SourceValue& input = only_input(graph);
  const std::string output = chosen_output(graph, options.output);
  const Sizes shape = input_shape(input, options);
  Hints hints;
  for (int attempt = 0;; ++attempt) {
    constexpr int kMostAttempts = 20;
    if (attempt == kMostAttempts) throw Error("its layout cannot be found out");
    try {
      Lowering lowering(graph, shape, hints);
      const View view = lowering.run(output);
      const auto model = lowering.network().finish(view.value);
      Imported imported;
      imported.model = model;
      const InputLayout layout = lowering.network().input_layout();
      imported.sample = without_batch(layout.shape);
      imported.file_sample = without_batch(shape);
      imported.order = of_one_sample(layout.order, shape);
      if (view.shape.empty() || view.shape[0] != shape[0]) {
        throw Error(concat("output ", output, " is ", describe(view.shape), ", without the batch"));
      }
      imported.file_output = without_batch(view.shape);
      imported.output_order = of_one_sample(view.order, shape);
      imported.input_name = input.name;
      imported.output_name = output;
      imported.opset = graph.opset;
      imported.float_islands = islands_of(*model);
      imported.notes = lowering.notes();
      return imported;
    } catch (const BuildAgain& again) {
      hints = again.hints;
    }
  }
}

void note_layouts(Imported& imported) {
  if (imported.sample != imported.file_sample || !imported.order.empty()) {
    imported.notes.push_back(concat("the file's input ", to_string(imported.file_sample), " is ",
                                    to_string(imported.sample), " here",
                                    imported.order.empty() ? "" : ", in another order"));
  }
}

// The largest difference as a part of the largest magnitude, over a few random inputs.
double compared(const Imported& imported, const std::string& bytes, const Sizes& shape,
                const Runtime& runtime) {
  double worst = 0.0;
  Rng rng(20);
  const NoGradGuard no_grad;
  for (const float spread : {1.0f, 1.0f, 0.1f, 4.0f}) {
    Tensor x{Shape(shape)};
    for (float& value : x.data()) value = rng.normal(0.0f, spread);
    const Tensor y = (*imported.model)(arrange_inputs(imported, x));
    Sizes output_shape = imported.file_output.sizes();
    output_shape.insert(output_shape.begin(), shape[0]);
    const std::vector<float> theirs =
        runtime(bytes, imported.input_name, x, imported.output_name, Shape(output_shape));
    const auto ours = std::as_const(y).data();
    const std::size_t sample = ours.size() / static_cast<std::size_t>(shape[0]);
    double largest = 0.0, difference = 0.0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const std::size_t row = i / sample * sample;
      const std::size_t place =
          imported.output_order.empty()
              ? i
              : row + static_cast<std::size_t>(imported.output_order[i % sample]);
      largest = std::max(largest, std::abs(static_cast<double>(theirs[i])));
      difference = std::max(difference, std::abs(static_cast<double>(ours[place]) - theirs[i]));
      if (std::isnan(ours[place]) != std::isnan(theirs[i])) difference = HUGE_VAL;
    }
    if (difference > 0.0) worst = std::max(worst, difference / largest);
  }
  return worst;
}

}  // namespace

Imported import_onnx_bytes(std::string_view bytes, const fs::path& folder,
                           const ImportOptions& options) {
  SourceGraph graph = read_model(bytes, folder);
  recognise_layer_norms(graph);
  Imported imported = lowered(graph, options);
  note_layouts(imported);
  if (!options.runtime) return imported;
  imported.worst_difference = compared(imported, self_contained(bytes, folder),
                                       input_shape(graph.inputs[0], options), options.runtime);
  if (!(imported.worst_difference <= kLargestDifference)) {
    throw Error(concat("the imported model differs from the file's by ", imported.worst_difference,
                       " of the output's largest magnitude; at most ", kLargestDifference,
                       " is expected"));
  }
  return imported;
}

Imported import_onnx(const fs::path& file, const ImportOptions& options) {
  const std::string bytes = data::read_file(file.string(), kLargestModel);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  return at_place(file.string(), [&] { return import_onnx_bytes(bytes, folder, options); });
}

Tensor arrange_inputs(const Imported& imported, const Tensor& inputs) {
  const Sizes& given = inputs.shape().sizes();
  const bool is_files = !given.empty() && without_batch(given) == imported.file_sample;
  const bool is_ours = !given.empty() && without_batch(given) == imported.sample;
  if (!is_files && !is_ours) {
    throw Error(concat("inputs ", to_string(inputs.shape()), "; the model takes [N, …] of ",
                       to_string(imported.file_sample)));
  }
  if (imported.order.empty() && is_ours) return inputs;
  Sizes sizes = imported.sample.sizes();
  sizes.insert(sizes.begin(), given[0]);
  if (imported.order.empty()) return inputs.view(Shape(sizes));
  Tensor arranged{Shape(sizes)};
  const std::span<float> to = arranged.data();
  const auto from = inputs.data();
  const std::size_t sample = imported.order.size();
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = from[i / sample * sample + static_cast<std::size_t>(imported.order[i % sample])];
  }
  return arranged;
}

}  // namespace tinytorch::onnx
