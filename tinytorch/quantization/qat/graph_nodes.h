#pragma once
// What a network may hold beyond the layers of match_network (qat_network.h): functions of one
// number, products, maxima and concatenations, float islands, and graphs of all of them. Given.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/deployed/quantized_node.h"
#include "tinytorch/quantization/qat/qat_node.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {

class QatNetwork;

// The function that an activation layer computes; nothing of any other layer.
std::optional<Function> function_of(const nn::Module& layer);

// The steps of a Graph, or of a tree that holds such layers, in the order in which they run. As
// match_network, and besides:
//     Graph                      its nodes, at the paths "<graph>.<node>"
//     BatchNorm2d                joins the Conv2d that it reads, if nothing else reads that; a
//     kConv
//                                of one pixel and a group for each channel otherwise
//     ReLU, ReLU6, Hardtanh(0, 6)   join the Conv2d, Linear or sum that they read, if nothing else
//                                reads that; a kFunction of their own otherwise
//     other activations          a kFunction: what they read keeps a grid of its own
//     Add, Multiply, Maximum, Concat   a node each
//     LayerNorm, Softmax         a kIsland
// A function behind a Flatten runs before it instead, which comes to the same.
// Anything else throws Error with path and describe(): "match_graph: 3.emb, Embedding(…), …".
std::vector<QatNode> match_graph(const nn::Module& model);

// The steps of any network: match_graph() where a Graph, a join, an island or an activation other
// than ReLU and ReLU6 is in it, match_network() otherwise.
std::vector<QatNode> match_model(const nn::Module& model);

// Kinds that match_network() does not make: these are what follows is for.
bool is_other(QatKind kind);

// The deployed form of a node that is_other(), for the grids of what it reads and of its own value.
// `rank` is that of its inputs: 4 for images, 2 for features. Throws Error, without the path, on a
// dimension that has no integer form.
NetworkOp deploy_other(const QatNode& node, std::span<const QParams> inputs, QParams output,
                       std::int64_t rank, const ConvSpec& spec);
// The same of node `index` as it stands in `net`.
NetworkOp deploy_other(const QatNetwork& net, std::size_t index);

// What the deployed form makes of `inputs`, values on the grids `grids`: values on the grid
// `output`. `smooth` is what the node computes in float; its gradient passes where, for kBlocked,
// the quantizer did not clip.
Tensor qat_other(const QatNode& node, std::span<const Tensor> inputs,
                 std::span<const QParams> grids, const Tensor& smooth, QParams output,
                 const ConvSpec& spec);

}  // namespace tinytorch::quantization
