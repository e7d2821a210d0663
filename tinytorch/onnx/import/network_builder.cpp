#include "tinytorch/onnx/import/detail/network_builder.h"

#include <numeric>

#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/core/at_place.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {
namespace {

std::int64_t count_of(const Sizes& shape) { return checked_count(shape, kMostValues); }

// [N, C, L] → [N, C, 1, L].
Sizes image_shape(const Sizes& shape) {
  return shape.size() == 3 ? Sizes{shape[0], shape[1], 1, shape[2]} : shape;
}

Tensor run(const nn::GraphNode& node, const std::vector<Tensor>& samples) {
  std::vector<Tensor> inputs;
  for (const std::size_t input : node.inputs) inputs.push_back(samples[input]);
  const NoGradGuard no_grad;
  node.module->eval();
  return nn::run_node(node, inputs);
}

}  // namespace

Sizes full_order(const View& view) {
  if (!view.order.empty()) return view.order;
  Sizes order(static_cast<std::size_t>(count_of(view.shape)));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Sizes short_order(Sizes order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != static_cast<std::int64_t>(i)) return order;
  }
  return {};
}

NetworkBuilder::NetworkBuilder(const Sizes& input_shape, Hints hints)
    : file_shape_(input_shape), hints_(std::move(hints)) {
  count_of(input_shape);
  Rng rng(1);
  samples_.push_back(Tensor::randn(Shape(input_layout().shape), rng));
}

InputLayout NetworkBuilder::input_layout() const {
  return hints_.input ? *hints_.input : InputLayout{file_shape_, {}};
}

View NetworkBuilder::input() const {
  const Sizes order = input_layout().order;
  Sizes inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  }
  return {0, file_shape_, inverse};
}

std::string NetworkBuilder::new_name(const std::string& name) {
  std::string legal;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain) {
      legal += c;
    } else if (!legal.empty() && legal.back() != '_') {
      legal += '_';
    }
  }
  while (!legal.empty() && legal.back() == '_') legal.pop_back();
  if (legal.empty() || (legal[0] >= '0' && legal[0] <= '9')) legal = "n" + legal;
  std::string unique = legal;
  for (int i = 2; !names_.insert(unique).second; ++i) unique = concat(legal, "_", i);
  return unique;
}

View NetworkBuilder::add(const std::string& name, const std::vector<std::size_t>& inputs,
                         std::shared_ptr<nn::Module> layer, const std::string& origin) {
  nn::GraphNode node{new_name(name), inputs, std::move(layer)};
  Tensor sample = run(node, samples_);
  origins_.push_back(origin);
  Sizes shape = sample.shape().sizes();
  samples_.push_back(std::move(sample));
  nodes_.push_back(std::move(node));
  return {nodes_.size(), std::move(shape), {}};
}

void NetworkBuilder::replace(std::size_t value, std::shared_ptr<nn::Module> layer) {
  nn::GraphNode& node = nodes_[value - 1];
  node.module = std::move(layer);
  samples_[value] = run(node, samples_);
  ++changes_;
}

bool NetworkBuilder::is_near_input(std::size_t value) const {
  while (value > 0) {
    const nn::GraphNode& node = nodes_[value - 1];
    if (node.inputs.size() != 1 || !alone_.contains(value)) return false;
    value = node.inputs[0];
  }
  return true;
}

void NetworkBuilder::ask_for_input(const View& view, const Sizes& shape) const {
  if (hints_.input || !is_near_input(view.value)) return;
  if (count_of(shape) != count_of(file_shape_) || shape[0] != file_shape_[0]) return;
  Hints hints = hints_;
  hints.input = InputLayout{shape, short_order(view.order)};
  throw BuildAgain{std::move(hints)};
}

// Walks up a chain of linear layers to the pooled image they began with.
void NetworkBuilder::ask_for_convolutions(std::size_t value) const {
  Hints hints = hints_;
  while (value > 0 && nodes_[value - 1].inputs.size() == 1) {
    const auto linear = std::dynamic_pointer_cast<nn::Linear>(nodes_[value - 1].module);
    if (linear != nullptr) hints.convolutions.insert(origins_[value - 1]);
    if (samples_[value].ndim() != 2) break;
    value = nodes_[value - 1].inputs[0];
  }
  const bool pooled =
      samples_[value].ndim() == 4 && samples_[value].size(2) == 1 && samples_[value].size(3) == 1;
  if (pooled && hints.convolutions != hints_.convolutions) throw BuildAgain{std::move(hints)};
}

View NetworkBuilder::as_image(const View& view) {
  if (view.shape.size() != 4 && view.shape.size() != 3) {
    throw Error(concat("its input ", describe(view.shape),
                       " must be an image [N, C, H, W] or a sequence [N, C, L]"));
  }
  const Sizes wanted = image_shape(view.shape);
  const bool in_order = short_order(view.order).empty();
  if (in_order && shape(view) == wanted) return {view.value, view.shape, {}};
  ask_for_input(view, wanted);
  if (in_order && wanted == Sizes{wanted[0], wanted[1], 1, 1}) ask_for_convolutions(view.value);
  if (!in_order) {
    throw Error("a Transpose before it moves values of the network, for which there is no layer");
  }
  throw Error(concat("its input, ", describe(shape(view)), " here, is looked at as ",
                     describe(view.shape), "; it would need a layer that reshapes"));
}

View NetworkBuilder::as_features(const View& view, const std::string& name) {
  if (view.shape.size() != 2) {
    throw Error(concat("its input ", describe(view.shape), " is not [N, features]"));
  }
  const Sizes& own = shape(view);
  if (own[0] != view.shape[0] || count_of(own) != count_of(view.shape)) {
    throw Error("a Reshape or Transpose before it mixes the samples of a batch");
  }
  if (own.size() == 2) return view;
  if (own.size() != 4) ask_for_input(view, view.shape);
  const View flat = add(name + "_flatten", {view.value}, std::make_shared<nn::Flatten>());
  return {flat.value, view.shape, view.order};
}

View NetworkBuilder::as_is(const View& view) {
  if (shape(view) == view.shape && short_order(view.order).empty()) {
    return {view.value, view.shape, {}};
  }
  ask_for_input(view, view.shape);
  throw Error(concat("its input, ", describe(shape(view)), " here, is looked at as ",
                     describe(view.shape),
                     " or in another order; it would need a layer that moves values"));
}

std::vector<nn::GraphNode> NetworkBuilder::nodes_for(std::size_t output) const {
  std::set<std::size_t> needed{output};
  for (std::size_t value = output; value > 0; --value) {
    if (!needed.contains(value)) continue;
    const auto& inputs = nodes_[value - 1].inputs;
    needed.insert(inputs.begin(), inputs.end());
  }
  std::vector<std::size_t> numbers(nodes_.size() + 1, 0);
  std::vector<nn::GraphNode> kept;
  for (std::size_t value = 1; value <= output; ++value) {
    if (!needed.contains(value)) continue;
    nn::GraphNode node = nodes_[value - 1];
    for (std::size_t& input : node.inputs) input = numbers[input];
    kept.push_back(std::move(node));
    numbers[value] = kept.size();
  }
  return kept;
}

std::shared_ptr<nn::Graph> NetworkBuilder::finish(std::size_t output) const {
  if (output == 0) throw Error("the output is the input; there is no layer between them");
  auto graph = std::make_shared<nn::Graph>(nodes_for(output));
  graph->eval();
  return graph;
}

}  // namespace tinytorch::onnx
