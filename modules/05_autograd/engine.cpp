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
  throw tinytorch::not_implemented("05.1");
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
  throw tinytorch::not_implemented("05.2");
}

}  // namespace tinytorch::autograd
