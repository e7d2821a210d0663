#pragma once
// The walk behind Tensor::backward(): from a loss to every parameter it depends on.
//
// Results point to the nodes that made them, nodes point to their inputs: a graph without cycles.
// Walked so that every node comes after all the nodes that use its result, the gradient of a node's
// result is complete when the walk reaches it.
// Written in the autograd module (engine.cpp).

#include <memory>
#include <vector>

#include "tinytorch/autograd/node.h"

namespace tinytorch::autograd {

// Every node that `root` depends on, `root` first, each node once and after all its users.
// Without recursion: the depth of the graph is not limited by the stack.
std::vector<std::shared_ptr<Node>> topological_order(const std::shared_ptr<Node>& root);

// d root / d leaf, added to the grad() of every leaf that requires one. A tensor that is used more
// than once receives the sum of what each use contributes. Nodes are released once they have been
// passed, unless `retain_graph`. Nothing is recorded meanwhile.
// Throws Error when root.numel() != 1 or nothing that root depends on requires a gradient.
void backward(const Tensor& root, bool retain_graph = false);

}  // namespace tinytorch::autograd
