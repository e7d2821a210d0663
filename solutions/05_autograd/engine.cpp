// The walk over the graph. The contract is tinytorch/autograd/engine.h; nodes are node.h.
#include "tinytorch/autograd/engine.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/core/error.h"

namespace tinytorch::autograd {

// --- 05.1 Topological order ---

// Depth first, with a stack of your own: a node is finished when all its inputs' nodes are, and the
// order in which nodes finish, reversed, has every node after all its users.
//   1. Push (root, next input 0) on the stack and mark root as seen.
//   2. Look at the top of the stack. Has it an input left? Advance its counter; if that input has a
//      node() not seen before, mark it and push it.
//   3. No input left: append the node to the order and pop it.
//   4. When the stack is empty, reverse the order.
//   y = a·b, z = y + y: the order from z is {z's node, y's node}; y's node once, though used twice.
// Undefined inputs (an absent bias) are passed over.
std::vector<std::shared_ptr<Node>> topological_order(const std::shared_ptr<Node>& root) {
  // BEGIN SOLUTION 05.1
  struct Visit {
    std::shared_ptr<Node> node;
    std::size_t next_input = 0;
  };
  std::vector<std::shared_ptr<Node>> order;
  std::unordered_set<const Node*> seen{root.get()};
  std::vector<Visit> stack;
  stack.push_back({root});
  while (!stack.empty()) {
    Visit& top = stack.back();
    if (top.next_input == top.node->inputs().size()) {
      order.push_back(std::move(top.node));
      stack.pop_back();
      continue;
    }
    const Tensor& input = top.node->inputs()[top.next_input++];
    if (!input.defined() || input.node() == nullptr) continue;
    if (seen.insert(input.node().get()).second) stack.push_back({input.node()});
  }
  std::reverse(order.begin(), order.end());
  return order;
  // END SOLUTION 05.1
}

// --- 05.2 The backward walk ---

// Start with d root / d root = 1 and let every node turn the gradient of its result into gradients
// of its inputs.
//   1. Check root: one element, requires_grad(). Texts:
//      "backward: starts from one number, got a tensor of shape [2, 3]" and
//      "backward: nothing this tensor depends on requires a gradient".
//   2. Switch recording off with a NoGradGuard.
//   3. A root without a node is itself a leaf: accumulate_grad(ones) and done.
//   4. Keep a map from node to the gradient of its result; root's node starts with ones.
//   5. For each node in topological order: take its gradient out of the map (none: nothing below it
//      contributes, go on), call node->backward(gradient), and give each input that is defined and
//      requires a gradient its share: add it to the map when the input has a node,
//      accumulate_grad() when it is a leaf. Then release() the node, unless retain_graph.
//   a = 3, b = 4, z = a·b + a: dz/da = b + 1 = 5, dz/db = 3. Both paths to a must be added.
void backward(const Tensor& root, bool retain_graph) {
  // BEGIN SOLUTION 05.2
  if (root.numel() != 1) {
    throw Error(concat("backward: starts from one number, got a tensor of shape ",
                       to_string(root.shape())));
  }
  if (!root.requires_grad()) {
    throw Error("backward: nothing this tensor depends on requires a gradient");
  }
  const NoGradGuard no_grad;
  if (root.node() == nullptr) {
    Tensor leaf = root;
    leaf.accumulate_grad(Tensor::ones(root.shape()));
    return;
  }
  std::unordered_map<const Node*, Tensor> gradients;
  gradients[root.node().get()] = Tensor::ones(root.shape());
  for (std::shared_ptr<Node>& node : topological_order(root.node())) {
    const auto found = gradients.find(node.get());
    if (found != gradients.end()) {
      const Tensor gradient = std::move(found->second);
      gradients.erase(found);
      std::vector<Tensor> shares = node->backward(gradient);
      for (std::size_t i = 0; i < shares.size(); ++i) {
        Tensor input = node->inputs()[i];
        if (!shares[i].defined() || !input.defined() || !input.requires_grad()) continue;
        if (input.node() == nullptr) {
          input.accumulate_grad(std::move(shares[i]));
        } else {
          Tensor& total = gradients[input.node().get()];
          total = total.defined() ? ops::add(total, shares[i]) : std::move(shares[i]);
        }
      }
    }
    if (!retain_graph) node->release();
  }
  // END SOLUTION 05.2
}

}  // namespace tinytorch::autograd
