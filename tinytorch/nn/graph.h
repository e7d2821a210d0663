#pragma once
// Graph: layers whose inputs may be any values computed before, where Sequential has one input and
// Residual two branches. What is read from an ONNX file becomes one.
//
//   auto gate = std::make_shared<nn::Hardsigmoid>();
//   nn::Graph block({{"conv", {0}, conv},            // value 1 = conv(input)
//                    {"pool", {1}, pool},            // value 2
//                    {"gate", {2}, gate},            // value 3
//                    {"scale", {1, 3}, multiply}});  // value 4 = value 1 · value 3, the output
// Given (graph.cpp).

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/nn/joins.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Values are numbered: 0 is the input of the graph, i + 1 the result of node i.
struct GraphNode {
  std::string name;
  std::vector<std::size_t> inputs;  // several only where `module` is a Join
  std::shared_ptr<Module> module;
};

// The output is the last node's. Children stand under the nodes' names, so that "conv.weight" is a
// key of the state; a layer may be the module of several nodes, which then share its parameters.
class Graph : public Module {
 public:
  // Throws Error naming the node: no nodes, a name that is empty, holds a dot or stands twice, a
  // null module, an input that is not computed before its node, a number of inputs that the module
  // does not take, and a result that nothing uses.
  explicit Graph(std::vector<GraphNode> nodes);

  // Runs the nodes in order; a value is let go after its last use. An Error of a layer gets the
  // node's name in front: "graph: node scale: mul: …".
  Tensor forward(const Tensor& input) override;
  std::string describe() const override;  // "Graph(conv: Conv2d(…), pool: …)"
  void replace_child(const std::string& name, std::shared_ptr<Module> child) override;

  const std::vector<GraphNode>& nodes() const { return nodes_; }

 private:
  std::vector<GraphNode> nodes_;
  std::vector<std::size_t> last_uses_;  // of each value, the node that uses it last
};

// The result of one node for its inputs: join() of a Join, forward() of any other module.
Tensor run_node(const GraphNode& node, std::span<const Tensor> inputs);

}  // namespace tinytorch::nn
