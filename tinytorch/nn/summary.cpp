#include "tinytorch/nn/summary.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/nn/linear_map.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::nn {
namespace {

std::int64_t count_parameters(const Module& module) {
  std::int64_t count = 0;
  for (const Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

// Those that no child holds.
std::int64_t own_parameters(const Module& module) {
  std::int64_t count = count_parameters(module);
  for (const auto& [name, child] : module.children()) count -= count_parameters(*child);
  return count;
}

// A value on its way through the model; none where it is not known.
using Value = std::optional<Tensor>;

class Walk {
 public:
  // The output of `module` for `input`, with a row for each layer on the way.
  Value visit(Module& module, const std::string& name, const Value& input) {
    if (module.children().empty()) return add_row(module, name, input);
    const std::int64_t own = own_parameters(module);
    if (own > 0) rows.push_back({name, module.describe(), false, {}, own});
    const std::string prefix = name.empty() ? "" : name + ".";
    if (dynamic_cast<Sequential*>(&module) != nullptr) {
      Value value = input;
      for (const auto& [child, layer] : module.children())
        value = visit(*layer, prefix + child, value);
      return value;
    }
    if (const auto* graph = dynamic_cast<const Graph*>(&module)) {
      return visit_graph(*graph, prefix, input);
    }
    const bool residual = dynamic_cast<Residual*>(&module) != nullptr;
    for (const auto& [child, layer] : module.children())
      visit(*layer, prefix + child, residual ? input : Value());
    return input.has_value() ? Value(module.forward(*input)) : Value();
  }

  std::vector<LayerSummary> rows;

 private:
  Value visit_graph(const Graph& graph, const std::string& prefix, const Value& input) {
    std::vector<Value> values = {input};
    for (const GraphNode& node : graph.nodes()) {
      if (node.inputs.size() == 1 && dynamic_cast<Join*>(node.module.get()) == nullptr) {
        values.push_back(visit(*node.module, prefix + node.name, values[node.inputs[0]]));
        continue;
      }
      std::vector<Tensor> inputs;
      for (const std::size_t value : node.inputs) {
        if (values[value].has_value()) inputs.push_back(*values[value]);
      }
      LayerSummary row{prefix + node.name, node.module->describe(), false, {}, 0};
      Value output;
      if (inputs.size() == node.inputs.size()) {
        output = run_node(node, inputs);
        row.has_output = true;
        row.output = output->shape();
      }
      rows.push_back(std::move(row));
      values.push_back(std::move(output));
    }
    return values.back();
  }

  Value add_row(Module& module, const std::string& name, const Value& input) {
    LayerSummary row{name, module.describe(), input.has_value(), {}, count_parameters(module)};
    Value output;
    if (input.has_value()) {
      output = module.forward(*input);
      row.output = output->shape();
    }
    rows.push_back(std::move(row));
    return output;
  }
};

struct Summary {
  std::vector<LayerSummary> rows;
  Value output;
};

Summary summarize(Module& model, const Value& input) {
  const autograd::NoGradGuard no_grad;
  const ModeGuard eval(model, false);
  Walk walk;
  Value output = walk.visit(model, "", input);
  return {std::move(walk.rows), std::move(output)};
}

// [1, features] where the first layer says how many it takes.
Value first_input(const Module& model) {
  const Module* first = &model;
  while (!first->children().empty()) first = first->children().front().second.get();
  const auto* linear = dynamic_cast<const LinearMap*>(first);
  if (linear == nullptr) return {};
  return Tensor::zeros({1, linear->in_features()});
}

// 9610 → "9,610".
std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

using Line = std::array<std::string, 4>;

std::string table_of(const Summary& summary, const Module& model) {
  std::vector<Line> lines = {{"layer", "", "output", "parameters"}};
  for (const LayerSummary& row : summary.rows) {
    lines.push_back({row.name, row.kind, row.has_output ? to_string(row.output) : "",
                     with_commas(row.parameters)});
  }
  lines.push_back({"total", "", summary.output ? to_string(summary.output->shape()) : "",
                   with_commas(count_parameters(model))});
  std::array<std::size_t, 4> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < 3; ++i)
      text += line[i] + std::string(widths[i] - line[i].size() + 2, ' ');
    text += std::string(widths[3] - line[3].size(), ' ') + line[3] + "\n";
  }
  return text;
}

}  // namespace

std::vector<LayerSummary> layers_of(Module& model, const Shape& input) {
  return summarize(model, Tensor::zeros(input)).rows;
}

std::string summary(Module& model, const Shape& input) {
  return table_of(summarize(model, Tensor::zeros(input)), model);
}

std::string summary(Module& model) {
  try {
    return table_of(summarize(model, first_input(model)), model);
  } catch (const Error&) {  // a guessed input need not fit
    return table_of(summarize(model, {}), model);
  }
}

void print(Module& model, const Shape& input) { std::fputs(summary(model, input).c_str(), stdout); }
void print(Module& model) { std::fputs(summary(model).c_str(), stdout); }

}  // namespace tinytorch::nn
